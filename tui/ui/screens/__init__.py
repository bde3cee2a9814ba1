"""The screens, each one file: what is composed, what is bound, and what its keys wish for."""
