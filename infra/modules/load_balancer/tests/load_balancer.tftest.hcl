mock_provider "google" {
  mock_resource "google_compute_global_address" {
    defaults = { address = "203.0.113.7" }
  }
}

variables {
  project  = "project"
  name     = "yolo"
  services = { us-central1 = "yolo", europe-west4 = "yolo" }
  domains  = ["yolo.example.com"]
}

run "over_two_regions" {
  assert {
    condition     = length(google_compute_backend_service.this.backend) == 2
    error_message = "Each region is a backend."
  }
  assert {
    condition     = alltrue([for r, n in google_compute_region_network_endpoint_group.this : n.region == r && n.cloud_run[0].service == "yolo"])
    error_message = "Each backend is the region's service."
  }
  assert {
    condition     = google_compute_backend_service.this.outlier_detection[0].consecutive_errors == 5
    error_message = "A failing region is left out."
  }
  assert {
    condition     = google_compute_url_map.redirect.default_url_redirect[0].https_redirect && google_compute_url_map.redirect.default_url_redirect[0].redirect_response_code == "PERMANENT_REDIRECT"
    error_message = "HTTP goes to HTTPS, and a POST stays one."
  }
  assert {
    condition     = google_compute_ssl_policy.this.min_tls_version == "TLS_1_2"
    error_message = "No TLS older than 1.2."
  }
  assert {
    condition = (google_compute_global_forwarding_rule.https.ip_address == google_compute_global_forwarding_rule.http.ip_address
    && google_compute_global_forwarding_rule.https.port_range == "443" && google_compute_global_forwarding_rule.http.port_range == "80")
    error_message = "One address, both ports."
  }
  assert {
    condition     = output.address == "203.0.113.7" && output.urls == ["https://yolo.example.com"]
    error_message = "The outputs tell what the domain's record needs."
  }
}

run "other_domains_are_another_certificate" {
  command = plan
  variables {
    domains = ["yolo.example.org"]
  }
  assert {
    condition     = google_compute_managed_ssl_certificate.this.name != run.over_two_regions.certificate
    error_message = "It is made before the old one goes."
  }
}

run "no_region" {
  command = plan
  variables {
    services = {}
  }
  expect_failures = [var.services]
}
