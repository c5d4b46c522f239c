"""What Jekyll, Hugo, Zola and plain folders make of a file: one frozen value each."""
