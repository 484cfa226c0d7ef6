variable "given" {}

resource "terraform_data" "within" {
  input = { list = [var.given, "s"] }
}

output "made" {
  value = terraform_data.within.id
}
