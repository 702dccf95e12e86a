"""The pages by which people get in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, login
from django.contrib.auth.views import LoginView, RedirectURLMixin
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from accounts.forms import LoginForm, RegistrationForm
from accounts.rates import spend


class LoginPage(LoginView):
    """Log in by e-mail address or username."""

    authentication_form = LoginForm


@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class RegisterPage(RedirectURLMixin, FormView):
    """Become somebody, and be logged in at once."""

    form_class = RegistrationForm
    template_name = "registration/register.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        spend("register", request)
        return super().post(request, *args, **kwargs)

    def get_default_redirect_url(self) -> str:
        return resolve_url("df_chat_pages:index")

    def form_valid(self, form: RegistrationForm) -> HttpResponse:
        try:
            with transaction.atomic():
                user = form.save()
        except IntegrityError:
            # Somebody was quicker with the same address or name.
            form.add_error(None, _("This address or username has just been taken."))
            return self.form_invalid(form)
        # Asked again, so that the session names the backend that knows this person.
        user = authenticate(self.request, username=user.get_username(), password=form.cleaned_data["password1"])
        login(self.request, user)
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)
