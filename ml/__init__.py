"""Reading handwritten digits: pixels and weights, and no Django."""
