# Requests, errors, latencies, cold starts and instances, one line a region. The queries are PromQL over
# Cloud Run's own metrics: nothing is scraped and nothing is stored beside them.

locals {
  series = "monitored_resource=\"cloud_run_revision\",service_name=\"${var.name}\""
  charts = [
    {
      title = "Requests a second", unit = "1/s"
      lines = { "" = "sum by (location) (rate(run_googleapis_com:request_count{${local.series}}[$${__interval}]))" }
    },
    {
      title = "Share of answers that are 5xx or 429", unit = "1"
      lines = {
        "5xx" = "sum by (location) (rate(run_googleapis_com:request_count{${local.series},response_code_class=\"5xx\"}[$${__interval}])) / sum by (location) (rate(run_googleapis_com:request_count{${local.series}}[$${__interval}]))"
        "429" = "sum by (location) (rate(run_googleapis_com:request_count{${local.series},response_code=\"429\"}[$${__interval}])) / sum by (location) (rate(run_googleapis_com:request_count{${local.series}}[$${__interval}]))"
      }
    },
    {
      title = "Latency", unit = "ms"
      lines = { for p in ["50", "95", "99"] :
        "p${p}" => "histogram_quantile(0.${p}, sum by (location, le) (rate(run_googleapis_com:request_latencies_bucket{${local.series}}[$${__interval}])))"
      }
    },
    {
      title = "Cold starts", unit = "1"
      lines = { "" = "sum by (location) (increase(run_googleapis_com:container_startup_latencies_count{${local.series}}[$${__interval}]))" }
    },
    {
      title = "Start of a container", unit = "ms"
      lines = { for p in ["50", "95"] :
        "p${p}" => "histogram_quantile(0.${p}, sum by (location, le) (rate(run_googleapis_com:container_startup_latencies_bucket{${local.series}}[$${__interval}])))"
      }
    },
    {
      title = "Instances", unit = "1"
      lines = { "" = "sum by (location, state) (run_googleapis_com:container_instance_count{${local.series}})" }
    },
    {
      title = "Memory in use, p95", unit = "1"
      lines = { "" = "histogram_quantile(0.95, sum by (location, le) (rate(run_googleapis_com:container_memory_utilizations_bucket{${local.series}}[$${__interval}])))" }
    },
    {
      title = "Seconds paid for, a second", unit = "s/s"
      lines = { "" = "sum by (location) (rate(run_googleapis_com:container_billable_instance_time{${local.series}}[$${__interval}]))" }
    },
  ]
}

resource "google_monitoring_dashboard" "this" {
  count   = var.dashboard ? 1 : 0
  project = var.project
  dashboard_json = jsonencode({
    displayName = var.name
    mosaicLayout = {
      columns = 48
      tiles = [for i, chart in local.charts : {
        xPos   = i % 2 * 24
        yPos   = floor(i / 2) * 16
        width  = 24
        height = 16
        widget = {
          title = chart.title
          xyChart = {
            dataSets = [for label, query in chart.lines : {
              legendTemplate  = trimspace("${label} $${labels.location} $${labels.state}")
              plotType        = "LINE"
              timeSeriesQuery = { prometheusQuery = query, unitOverride = chart.unit }
            }]
          }
        }
      }]
    }
  })
}
