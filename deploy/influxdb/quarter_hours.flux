import "date"
$task
minutes = from(bucket: "$minutes")
    |> range(start: $start, stop: $stop)
    |> filter(fn: (r) => r._measurement == "carbond_minute")

minutes
    |> filter(fn: (r) => r._field == "energy_joules" or r._field == "covered_seconds")
    |> aggregateWindow(every: 15m, fn: sum, createEmpty: false, timeSrc: "_start")
    |> set(key: "_measurement", value: "carbond_quarter_hour")
    |> to(bucket: "$hours", org: "$org")

minutes
    |> filter(fn: (r) => r._field == "power_watts")
    |> aggregateWindow(every: 15m, fn: max, createEmpty: false, timeSrc: "_start")
    |> set(key: "_measurement", value: "carbond_quarter_hour")
    |> set(key: "_field", value: "power_watts_most")
    |> to(bucket: "$hours", org: "$org")
