variable "password" {
  default   = "correct horse"
  sensitive = true
}

variable "label" {
  default = "first"
}

locals {
  through_a_local = terraform_data.origin.id
}

resource "terraform_data" "origin" {
  input = var.label
}

resource "terraform_data" "each" {
  for_each = toset(["k", "l"])

  input            = terraform_data.origin.id
  triggers_replace = { password = var.password }
}

resource "terraform_data" "chained" {
  for_each = terraform_data.each

  input = each.value.id
}

resource "terraform_data" "counted" {
  count = 2
  input = terraform_data.each["k"].id
}

resource "terraform_data" "paired" {
  count = 2
  input = "${terraform_data.counted[count.index].id}-x"
}

resource "terraform_data" "local" {
  input = local.through_a_local
}

resource "terraform_data" "several" {
  input = [terraform_data.origin.id, "known", terraform_data.counted[1].id]
}

resource "terraform_data" "of_module" {
  input = module.inner["p"].made
}

module "inner" {
  source   = "./inner"
  for_each = toset(["p", "q"])

  given = terraform_data.origin.id
}

output "password" {
  value     = var.password
  sensitive = true
}
