"""/api/v2/write, through InfluxData's own client."""

import ssl
from http import HTTPStatus

import aiohttp
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException

from exporters.influxdb.settings import InfluxSettings
from exporters.influxdb.wire import Answer, encoding_of, silence


class V2:
    """The write path of version 2, opened when it is made, within a running event loop."""

    def __init__(self, settings: InfluxSettings, tls: ssl.SSLContext) -> None:
        self._settings = settings
        self._client = InfluxDBClientAsync(
            url=settings.url,
            token=settings.token.reveal() if settings.token else "",
            org=settings.org or "",
            timeout=round(settings.timeout.total_seconds() * 1000),
            ssl_context=tls,
            allow_redirects=False,
        )
        # They go with every call of this client, which does nothing but write.
        self._client.api_client.default_headers.update(encoding_of(settings))
        self._write = self._client.write_api()

    async def post(self, body: bytes) -> Answer:
        try:
            taken = await self._write.write(
                bucket=self._settings.bucket or "",
                record=body,
                write_precision=WritePrecision.S,  # type: ignore[arg-type]  # its constants are str
            )
        except ApiException as error:
            return _answer_of(error)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise silence(self._settings, error) from error
        # A 200 of something that is no InfluxDB is no exception, it is False.
        if taken is True:
            return Answer(status=HTTPStatus.NO_CONTENT, text="")
        return Answer(status=HTTPStatus.OK, text="")

    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]  # the client is typed in part


def _answer_of(error: ApiException) -> Answer:
    body = error.body
    return Answer(
        status=error.status or 0,
        text=body.decode(errors="replace") if isinstance(body, bytes) else str(body or ""),
        retry_after=error.headers.get("Retry-After") if error.headers else None,
    )
