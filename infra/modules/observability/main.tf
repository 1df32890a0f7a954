# What is seen from outside: whether /health answers, and whom to tell when something is wrong.

locals {
  revisions = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${var.name}\""
  requests  = "${local.revisions} AND metric.type = \"run.googleapis.com/request_count\""
  channels  = var.alerts == null ? [] : concat(var.alerts.channels, [for channel in google_monitoring_notification_channel.email : channel.id])
}

resource "google_monitoring_uptime_check_config" "health" {
  for_each     = var.uptime == null ? {} : var.hosts
  project      = var.project
  display_name = "${var.name} ${each.key}"
  period       = "${var.uptime.period_s}s"
  timeout      = "${var.uptime.timeout_s}s"
  # Three places are the fewest that Google allows, and each of them may wake an instance.
  selected_regions = ["USA_OREGON", "EUROPE", "ASIA_PACIFIC"]

  http_check {
    path         = "/health"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = each.value }
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each     = toset(try(var.alerts.emails, []))
  project      = var.project
  display_name = "${var.name}: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
}

resource "google_monitoring_alert_policy" "errors" {
  count                 = var.alerts == null ? 0 : 1
  project               = var.project
  display_name          = "${var.name}: more than ${var.alerts.error_share * 100} % of requests fail"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels
  user_labels           = var.labels

  conditions {
    display_name = "share of 5xx answers in one region over five minutes"
    condition_threshold {
      filter             = "${local.requests} AND metric.labels.response_code_class = \"5xx\""
      denominator_filter = local.requests
      comparison         = "COMPARISON_GT"
      threshold_value    = var.alerts.error_share
      duration           = "300s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.label.location"]
      }
      denominator_aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.label.location"]
      }
    }
  }

  documentation {
    content = "Requests to `${var.name}` are answered with 5xx. A stopped endpoint answers so as well; otherwise see its log."
  }
}

resource "google_monitoring_alert_policy" "slow" {
  count                 = var.alerts == null ? 0 : 1
  project               = var.project
  display_name          = "${var.name}: p95 above ${var.alerts.p95_ms} ms"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels
  user_labels           = var.labels

  conditions {
    display_name = "p95 of one region's answers over five minutes"
    condition_threshold {
      filter          = "${local.revisions} AND metric.type = \"run.googleapis.com/request_latencies\""
      comparison      = "COMPARISON_GT"
      threshold_value = var.alerts.p95_ms
      duration        = "300s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_PERCENTILE_95"
        group_by_fields      = ["resource.label.location"]
      }
    }
  }

  documentation {
    content = "`${var.name}` is slow. Cold starts count too: the dashboard shows them apart."
  }
}

resource "google_monitoring_alert_policy" "unreachable" {
  for_each              = var.alerts == null ? {} : google_monitoring_uptime_check_config.health
  project               = var.project
  display_name          = "${var.name} ${each.key}: /health does not answer"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels
  user_labels           = var.labels

  conditions {
    display_name = "two places or more fail"
    condition_threshold {
      filter          = "resource.type = \"uptime_url\" AND metric.type = \"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id = \"${each.value.uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "60s"
      aggregations {
        alignment_period     = "${var.uptime.period_s + 300}s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }

  documentation {
    content = "Two of three places get no answer from `https://${var.hosts[each.key]}/health`."
  }
}
