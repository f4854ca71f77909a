"""What is asked: projects, pools, tasks, and who may see which of them."""
