"""Tests of what tells that an installation is well."""
