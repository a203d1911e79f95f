"""Drivers that ask one device for its registers and watts."""
