# The private network, where there is one: yours, or one of its own for Redis.

locals {
  redis       = try(var.quota.redis, null) != null
  own_network = local.redis && var.vpc == null

  networks = (var.vpc != null
    ? { for region in var.regions : region => { network = var.vpc.network, subnetwork = var.vpc.subnetworks[region], egress = var.vpc.egress } }
    : { for region, subnetwork in google_compute_subnetwork.this : region => {
      network = subnetwork.network, subnetwork = subnetwork.id, egress = "PRIVATE_RANGES_ONLY"
  } })
}

resource "google_compute_network" "this" {
  # checkov:skip=CKV2_GCP_18:A network without firewall rules lets nothing in; the service only calls out of it.
  count                   = local.own_network ? 1 : 0
  project                 = var.project
  name                    = var.name
  auto_create_subnetworks = false
  depends_on              = [google_project_service.this]
}

resource "google_compute_subnetwork" "this" {
  # checkov:skip=CKV_GCP_26:Flow logs cost by the gigabyte; this network holds the service and its counters alone.
  # checkov:skip=CKV_GCP_76:The subnetwork has no IPv6 addresses.
  for_each = toset(local.own_network ? var.regions : [])
  project  = var.project
  name     = var.name
  region   = each.key
  network  = google_compute_network.this[0].id
  # A region's place in the list of all regions: adding one moves none of the others.
  ip_cidr_range            = cidrsubnet("10.20.0.0/16", 8, index(keys(local.facts), each.key))
  private_ip_google_access = true
}

module "redis" {
  source   = "./modules/redis"
  for_each = toset(local.redis ? var.regions : [])

  project          = var.project
  name             = "${var.name}-quota"
  region           = each.key
  network          = var.vpc != null ? var.vpc.network : google_compute_network.this[0].id
  memory_gib       = var.quota.redis.memory_gib
  highly_available = var.quota.redis.highly_available
  reader           = local.runtime
  labels           = local.labels

  depends_on = [google_project_service.this, google_compute_subnetwork.this]
}
