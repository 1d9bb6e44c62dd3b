"""Matrix product operators, trees and MERA as linear layers: exactness, counts, light cones, correlations."""
