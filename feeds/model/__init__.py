"""The nouns: frozen values with their invariants, and no input or output.

Every ``datetime`` in the model is aware and in UTC unless its name says otherwise.
"""
