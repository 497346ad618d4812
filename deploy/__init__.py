"""What runs, shows and watches carbond where its users live."""
