"""The categorical VAE of the Gumbel-softmax lab."""
