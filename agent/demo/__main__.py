"""`python -m agent.demo`: the simulated site in a process of its own."""

from agent.demo.serving import main

main()
