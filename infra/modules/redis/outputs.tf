output "secret" {
  description = "Secret and version that hold the address, password included."
  value = {
    secret  = google_secret_manager_secret.address.secret_id
    version = google_secret_manager_secret_version.address.version
  }
  depends_on = [google_secret_manager_secret_iam_member.reader]
}
