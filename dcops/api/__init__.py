"""The REST interface: one file per resource, errors as RFC 9457 problems."""
