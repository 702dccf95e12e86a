from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from contracts.views import RedocView, SwaggerView
from df_chat.asyncapi.views import AsyncAPIView

swagger, redoc, asyncapi = SwaggerView.as_view(), RedocView.as_view(), AsyncAPIView.as_view()

urlpatterns = [
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/asyncapi.json", asyncapi if settings.PUBLIC_DOCS else login_required(asyncapi), name="asyncapi"),
    path("api/v1/swagger/", swagger, name="swagger"),
    path("api/v1/redoc/", redoc, name="redoc"),
    path("schema/swagger-ui/", swagger),
    path("swagger/", swagger),
    path("redoc/", redoc),
]
