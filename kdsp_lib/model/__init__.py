"""Values that every room shares: frozen, typed, and without anything that makes or protects them."""
