from __future__ import annotations

from allauth.account import views as account_views
from django.urls import path, re_path

from promoter.accounts import (
    audit_views,
    entering_views,
    link_views,
    people_views,
    person_views,
    sender_views,
    settings_views,
    two_factor_views,
    views,
)

# allauth finds its pages by the names that begin with account_, mfa_ and openid_.
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-in/", views.SignIn.as_view(), name="account_login"),
    path("sign-in/code/", views.SignInCode.as_view(), name="mfa_authenticate"),
    path("sign-in/switched-off/", views.switched_off, name="account_inactive"),
    path(
        "sign-in/with/<slug:provider_id>/",
        views.sign_in_by_provider,
        name="openid_connect_login",
    ),
    path(
        "sign-in/with/<slug:provider_id>/back/",
        views.back_from_provider,
        name="openid_connect_callback",
    ),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("sign-up/", views.SignUp.as_view(), name="account_signup"),
    path(
        "sign-up/sent/",
        account_views.EmailVerificationSentView.as_view(
            template_name="accounts/confirmation_sent.html"
        ),
        name="account_email_verification_sent",
    ),
    path(
        "sign-up/confirm/<path:key>/",
        views.ConfirmAddress.as_view(),
        name="account_confirm_email",
    ),
    path(
        "password/",
        account_views.PasswordResetView.as_view(
            template_name="accounts/password_forgotten.html"
        ),
        name="account_reset_password",
    ),
    path(
        "password/sent/",
        account_views.PasswordResetDoneView.as_view(
            template_name="accounts/password_sent.html"
        ),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.ChooseNewPassword.as_view(),
        name="account_reset_password_from_key",
    ),
    path(
        "password/changed/",
        account_views.PasswordResetFromKeyDoneView.as_view(
            template_name="accounts/password_changed.html"
        ),
        name="account_reset_password_from_key_done",
    ),
    path("invitations/<str:token>/", entering_views.invitation, name="invitation"),
    path("accounts/switch/", entering_views.account_switch, name="account-switch"),
    path("accounts/new/", entering_views.account_create, name="account-create"),
    path("me/", person_views.person, name="person"),
    path("me/email/", person_views.ChangeAddress.as_view(), name="account_email"),
    path(
        "me/password/",
        person_views.ChangePassword.as_view(),
        name="account_change_password",
    ),
    path(
        "me/password/first/",
        person_views.SetPassword.as_view(),
        name="account_set_password",
    ),
    path(
        "me/again/", two_factor_views.PasswordAgain.as_view(), name="account_reauthenticate"
    ),
    path("me/again/code/", two_factor_views.CodeAgain.as_view(), name="mfa_reauthenticate"),
    path("me/two-factor/", two_factor_views.TwoFactor.as_view(), name="mfa_index"),
    path("me/two-factor/on/", two_factor_views.TurnOn.as_view(), name="mfa_activate_totp"),
    path(
        "me/two-factor/off/", two_factor_views.TurnOff.as_view(), name="mfa_deactivate_totp"
    ),
    path(
        "me/two-factor/codes/",
        two_factor_views.RecoveryCodes.as_view(),
        name="mfa_view_recovery_codes",
    ),
    path(
        "me/two-factor/codes/recovery-codes.txt",
        two_factor_views.RecoveryCodesFile.as_view(),
        name="mfa_download_recovery_codes",
    ),
    path(
        "me/two-factor/codes/new/",
        two_factor_views.NewRecoveryCodes.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path("settings/people/", people_views.people, name="people"),
    path("settings/people/leave/", people_views.account_leave, name="people-leave"),
    path("settings/people/<int:pk>/role/", people_views.member_role, name="people-role"),
    path(
        "settings/people/<int:pk>/remove/", people_views.member_remove, name="people-remove"
    ),
    path(
        "settings/people/invitations/<int:pk>/resend/",
        people_views.invitation_resend,
        name="people-invitation-resend",
    ),
    path(
        "settings/people/invitations/<int:pk>/withdraw/",
        people_views.invitation_withdraw,
        name="people-invitation-withdraw",
    ),
    path("settings/links/", link_views.link_settings, name="link-settings"),
    path("settings/", settings_views.account_settings, name="account-settings"),
    path("settings/first-steps/", settings_views.show_first_steps, name="first-steps"),
    path("settings/sending-address/", sender_views.sender, name="sender"),
    path("settings/audit-log/", audit_views.audit_log, name="audit-log"),
    path("settings/audit-log/export/", audit_views.audit_log_csv, name="audit-log-export"),
]
