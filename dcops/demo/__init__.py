"""A small real world for `make run`: data and simulators that answer over sockets."""
