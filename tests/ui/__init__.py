"""Tests of the screen: what a user does and sees."""
