"""The cookie that makes a browser a desk; both doors read it."""

DESK_COOKIE = "confsvc_desk"
