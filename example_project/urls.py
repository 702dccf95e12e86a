from __future__ import annotations

from accounts.drf.urls import token_urlpatterns
from accounts.pages import LoginPage, RegisterPage
from demo.views import OrdersView, OrderView, TwoPanesView, home
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", home, name="home"),
    path("admin/", admin.site.urls),
    path("language/", include("django.conf.urls.i18n")),
    path("accounts/login/", LoginPage.as_view(), name="login"),
    path("accounts/register/", RegisterPage.as_view(), name="register"),
    path("accounts/", include("django.contrib.auth.urls")),
    path("api/token/", include(token_urlpatterns)),
    path("api/v1/", include("accounts.drf.urls")),
    path("api/v1/chat/", include("df_chat.urls")),
    path("chat/", include("df_chat.page_urls")),
    path("orders/", OrdersView.as_view(), name="orders"),
    path("orders/<int:pk>/", OrderView.as_view(), name="order"),
    path("two-panes/", TwoPanesView.as_view(), name="two-panes"),
    path("", include("contracts.urls")),
]
