"""What the example's interfaces are, for machines and for people: OpenAPI, AsyncAPI, Swagger UI and ReDoc."""
