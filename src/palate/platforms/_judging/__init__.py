"""How a language model is asked and what it said is read: prompts, requests, replies, money, and what is kept."""
