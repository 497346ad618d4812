"""What Kubernetes reads, and what of it is made from the files of Prometheus."""
