output "dashboard" {
  description = "Id of the dashboard, or null."
  value       = one(google_monitoring_dashboard.this[*].id)
}

output "uptime_checks" {
  description = "Label -> id of its uptime check."
  value       = { for label, check in google_monitoring_uptime_check_config.health : label => check.uptime_check_id }
}
