mock_provider "google" {
  mock_resource "google_monitoring_notification_channel" {
    defaults = { id = "projects/project/notificationChannels/1" }
  }
}

variables {
  project = "project"
  name    = "yolo"
  hosts   = { us-central1 = "yolo-123.us-central1.run.app", europe-west4 = "yolo-123.europe-west4.run.app" }
}

run "a_dashboard_alone" {
  assert {
    condition = toset([for tile in jsondecode(google_monitoring_dashboard.this[0].dashboard_json).mosaicLayout.tiles : tile.widget.title]) == toset([
      "Requests a second", "Share of answers that are 5xx or 429", "Latency", "Cold starts", "Start of a container", "Instances",
      "Memory in use, p95", "Seconds paid for, a second",
    ])
    error_message = "What an operator looks for is there."
  }
  assert {
    condition = alltrue(flatten([
      for tile in jsondecode(google_monitoring_dashboard.this[0].dashboard_json).mosaicLayout.tiles : [
        for set in tile.widget.xyChart.dataSets : strcontains(set.timeSeriesQuery.prometheusQuery, "service_name=\"yolo\"")
      ]
    ]))
    error_message = "Each chart is of this service."
  }
  assert {
    condition = toset([
      for set in jsondecode(google_monitoring_dashboard.this[0].dashboard_json).mosaicLayout.tiles[2].widget.xyChart.dataSets :
      split(" ", set.legendTemplate)[0]
    ]) == toset(["p50", "p95", "p99"])
    error_message = "Latency at three quantiles."
  }
  assert {
    condition     = length(google_monitoring_uptime_check_config.health) + length(google_monitoring_alert_policy.errors) == 0
    error_message = "Nothing that wakes an instance or costs money, unless asked."
  }
}

run "watched" {
  variables {
    uptime = {}
    alerts = { emails = ["ops@example.com"], channels = ["projects/project/notificationChannels/2"] }
  }
  assert {
    condition = (google_monitoring_uptime_check_config.health["us-central1"].http_check[0].path == "/health"
    && google_monitoring_uptime_check_config.health["us-central1"].period == "900s")
    error_message = "/health is asked, as seldom as can be."
  }
  assert {
    condition     = toset(google_monitoring_alert_policy.errors[0].notification_channels) == toset(["projects/project/notificationChannels/1", "projects/project/notificationChannels/2"])
    error_message = "All are told."
  }
  assert {
    condition     = google_monitoring_alert_policy.slow[0].conditions[0].condition_threshold[0].threshold_value == 10000
    error_message = "Slow is more than ten seconds."
  }
  assert {
    condition     = toset(keys(google_monitoring_alert_policy.unreachable)) == toset(["us-central1", "europe-west4"])
    error_message = "An alert for each region."
  }
}

run "period_between" {
  command = plan
  variables {
    uptime = { period_s = 120 }
  }
  expect_failures = [var.uptime]
}

run "waits_too_long" {
  command = plan
  variables {
    uptime = { timeout_s = 61 }
  }
  expect_failures = [var.uptime]
}

run "nobody_to_tell" {
  command = plan
  variables {
    alerts = {}
  }
  expect_failures = [var.alerts]
}

run "crooked_address" {
  command = plan
  variables {
    alerts = { emails = ["ops"] }
  }
  expect_failures = [var.alerts]
}

run "share_beyond_all" {
  command = plan
  variables {
    alerts = { emails = ["ops@example.com"], error_share = 5 }
  }
  expect_failures = [var.alerts]
}
