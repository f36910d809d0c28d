"""Poems and pictures out of models: optional, and off unless their keys are set. Each adapter is one small module."""
