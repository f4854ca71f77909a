"""Choose what people are asked, with the probability of every choice."""
