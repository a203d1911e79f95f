"""Speeds that dcops promises, each as a ratio to a reference measured in the same run."""
