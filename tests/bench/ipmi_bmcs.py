"""Twenty simulated BMCs."""

import asyncio

from agent.demo.bmc import Bmc
from tests.bench.children import serve

BMCS = 20
WATTS = 312.0


async def main() -> None:
    """Answer until the parent ends."""
    bmcs = [Bmc(lambda: WATTS, idle=600) for _ in range(BMCS)]
    for bmc in bmcs:
        await bmc.start()
    await serve([bmc.port for bmc in bmcs])
    for bmc in bmcs:
        bmc.close()


if __name__ == "__main__":
    asyncio.run(main())
