"""What the desk says, in English and in Vietnamese; values are put in by name and are never read as templates."""

import os
from collections.abc import Mapping

LANGUAGES = ("en", "vi")
TEXTS: dict[str, tuple[str, str]] = {
    # The clear word each answer begins with
    "accepted": ("ACCEPTED", "ĐÃ NHẬN"),
    "asks": ("ASKS FIRST", "CHỜ DUYỆT"),
    "repeated": ("ALREADY HERE", "ĐÃ CÓ MẶT"),
    "moved": ("MOVED", "CHUYỂN ĐẾN"),
    "refused": ("REFUSED", "TỪ CHỐI"),
    "waiting": ("WAITING to be sent", "CHỜ GỬI"),
    "choose": ("CHOOSE", "CHỌN SỐ"),
    "nobody": ("NOBODY", "KHÔNG CÓ AI"),
    "not_noted": ("NOT RECORDED", "CHƯA GHI ĐƯỢC"),
    "info": ("INFO", "THÔNG TIN"),
    "not_understood": ("NOT UNDERSTOOD", "KHÔNG HIỂU"),
    # Acts
    "check_in": ("checked in", "điểm danh"),
    "undo_check_in": ("check-in taken back", "đã hủy điểm danh"),
    "leave": ("has left", "đã ra về"),
    "undo_leave": ("leaving taken back", "đã hủy ra về"),
    "substitute": ("comes in the place of {replaced}", "đi thay {replaced}"),
    "withdraw_substitute": ("substitution taken back", "đã hủy đi thay"),
    "walk_in": ("is on no list", "ngoài danh sách"),
    "count_heads": ("{count} people in the hall", "{count} người trong hội trường"),
    "since": ("since {when}", "từ {when}"),
    "at": ("at {site}", "tại {site}"),
    "from": ("from {site}", "từ {site}"),
    "seat_of": ("{by} sits in the seat", "{by} đã nhận chỗ"),
    "late": ("late", "đến muộn"),
    "asks_why": ("an organiser decides", "ban tổ chức quyết định"),
    "seen_elsewhere": ("nothing changed: seen at {site} since", "không thay đổi: sau đó đã có mặt tại {site}"),
    # What the desk judges by itself
    "unknown": ("nobody has a pass with this code", "mã này không phải của ai"),
    "other_conference": ("the pass belongs to another conference", "mã của hội nghị khác"),
    "revoked": ("the pass was withdrawn", "mã đã bị thu hồi"),
    "visitor": ("a true pass, expected at another site", "mã đúng, thuộc điểm cầu khác"),
    "unjudged": ("the pass could not be judged yet", "chưa kiểm tra được mã"),
    "judged_here": ("judged here, waits to be sent", "tự kiểm tra, chờ gửi"),
    # Why the server refuses
    "pass_unknown": ("nobody has a pass with this code", "mã này không phải của ai"),
    "pass_revoked": ("the pass was withdrawn", "mã đã bị thu hồi"),
    "not_yet_open": ("check-in is not open yet", "chưa đến giờ điểm danh"),
    "closed": ("the conference is closed", "hội nghị đã kết thúc"),
    "substituted": ("somebody else has taken the seat", "đã có người đi thay"),
    "not_present": ("not in this hall", "không có mặt trong hội trường này"),
    "not_left": ("had not left", "chưa ra về"),
    "not_pending": ("does not wait for a decision", "không chờ duyệt"),
    "not_admitted": ("has not been let in by an organiser", "ban tổ chức chưa đồng ý"),
    "not_replaceable": ("is not on the list, nobody can come in their place", "không có trong danh sách nên không thể cử người thay"),
    "walk_ins_refused": ("this conference takes nobody who is not on the list", "hội nghị không nhận người ngoài danh sách"),
    "delegate_unknown": ("not on the roster of this site", "không có trong danh sách điểm cầu này"),
    "too_often": ("too many lines about this person from this desk", "bàn này đã ghi quá nhiều lần về người này"),
    "malformed": ("the server cannot read it ({field}); it is kept on this device", "máy chủ không đọc được ({field}); còn giữ trên máy này"),
    # States
    "state_not_yet": ("not yet here", "chưa có mặt"),
    "state_present": ("here", "có mặt"),
    "state_left": ("has left", "đã ra về"),
    "state_excused": ("excused", "vắng có lý do"),
    "state_substituted": ("substituted", "có người đi thay"),
    "state_pending": ("waits for an organiser", "chờ ban tổ chức duyệt"),
    "state_not_admitted": ("not admitted", "không được vào"),
    # Commands
    "no_such_person": ("{text}: nobody of that name on the roster of this site", "{text}: không có ai tên này trong danh sách điểm cầu"),
    "no_such_number": ("there is no choice {number}", "không có lựa chọn {number}"),
    "no_substitution": ("this desk has noted no substitute of that name", "bàn này chưa ghi người đi thay nào tên này"),
    "usage": ("write: {usage}", "cách viết: {usage}"),
    "usage_leave": ("WHO or PASS", "AI hoặc MÃ"),
    "usage_undo": ("WHO; REASON", "AI; LÝ DO"),
    "usage_undo_leave": ("WHO; REASON", "AI; LÝ DO"),
    "usage_substitute": ("WHO; NAME; POSITION; head, leader or staff; REASON", "AI; HỌ TÊN; CHỨC VỤ; cấp trưởng, lãnh đạo hoặc cán bộ; LÝ DO"),
    "usage_undo_substitute": ("WHO; REASON", "AI; LÝ DO"),
    "usage_walk_in": ("NAME; POSITION; UNIT", "HỌ TÊN; CHỨC VỤ; ĐƠN VỊ"),
    "usage_headcount": ("NUMBER; REASON", "SỐ NGƯỜI; LÝ DO"),
    "usage_list": ("[NAME]", "[TÊN]"),
    "usage_missing": ("[NAME]", "[TÊN]"),
    "usage_find": ("NAME", "TÊN"),
    "too_long": ("{field} has 1 to {most} characters", "{field} phải có 1 đến {most} ký tự"),
    "waiting_count": ("{count} acts wait to be sent", "{count} việc chờ gửi"),
    "here": ("{count} are here", "{count} người có mặt"),
    "missing": ("{count} are not here yet", "{count} người chưa có mặt"),
    "more": ("and {count} more", "và {count} người nữa"),
    "synced": ("up to date: {here} of {summoned} are here", "đã cập nhật: {here}/{summoned} có mặt"),
    "no_line": ("no line to the server; {count} acts wait", "không có kết nối máy chủ; {count} việc chờ gửi"),
    "rehearsal": ("REHEARSAL", "TỔNG DUYỆT"),
    "greeting": ("{desk}, {site}: {conference}", "{desk}, {site}: {conference}"),
    "help_hint": ("scan a pass, type a name, or: help", "quét mã, gõ tên, hoặc: tro-giup"),
    # News
    "line_back": ("the line to the server is there", "đã có kết nối máy chủ"),
    "line_gone": ("the line to the server is gone; everything is kept here", "mất kết nối máy chủ; mọi việc được giữ trên máy này"),
    "sent": ("sent: {count}", "đã gửi: {count}"),
    "sent_later": ("of {when}", "lúc {when}"),
    "desk_revoked": ("this desk may not act any more: pair it anew", "bàn này không còn hiệu lực: hãy ghép lại"),
    "desk_unknown": ("the server does not know this desk: pair it anew", "máy chủ không biết bàn này: hãy ghép lại"),
    "handed_over": ("{count} acts were handed over to the organisers", "đã bàn giao {count} việc cho ban tổ chức"),
    "not_handed_over": ("{count} acts are still here ({why}); `sync` tries again", "còn {count} việc ở đây ({why}); gõ `dong-bo` để thử lại"),
    "disk": ("THE DISK DOES NOT TAKE IT ({why}). Make room, then do it again", "Ổ ĐĨA KHÔNG GHI ĐƯỢC ({why}). Hãy giải phóng ổ đĩa rồi làm lại"),
    "unreadable": (
        "the server says what this desk cannot read ({why}); everything is kept here",
        "không đọc được lời máy chủ ({why}); mọi việc được giữ trên máy này",
    ),
    # Why the desk does not start
    "folder_taken": ("another desk runs on {folder} already", "đã có một bàn khác chạy trên {folder}"),
    "folder_damaged": (
        "{file} cannot be used ({why}). It may hold acts that were never sent: keep it, and pair with another --folder",
        "không dùng được {file} ({why}). Tệp này có thể còn việc chưa gửi: hãy giữ lại và ghép bàn với --folder khác",
    ),
    "not_paired_yet": ("this terminal is no desk yet: confsvc desk <pairing link>", "máy này chưa phải là bàn: confsvc desk <liên kết ghép bàn>"),
    "not_a_link": ("{link} is not a pairing link (https://…/pair/…)", "{link} không phải liên kết ghép bàn (https://…/pair/…)"),
    "pairing_refused": ("the server does not pair this terminal: {why}", "máy chủ không ghép bàn này: {why}"),
    "link_expired": ("the link was used up, withdrawn or is too old", "liên kết đã dùng, bị thu hồi hoặc quá hạn"),
    "not_found": ("there is no such link", "không có liên kết này"),
    "too_many_requests": ("too many attempts, later", "quá nhiều lần thử, hãy thử lại sau"),
    "unreachable": ("the server does not answer ({why})", "máy chủ không trả lời ({why})"),
    "acts_wait": (
        "{count} acts of the desk that was paired before wait here: let `confsvc desk` send them first, or use another --folder",
        "còn {count} việc của bàn ghép trước chưa gửi: hãy chạy `confsvc desk` để gửi, hoặc dùng --folder khác",
    ),
    "lacks_client": ("a desk needs the extra `desk`: pip install 'confsvc[desk]'", "cần cài phần `desk`: pip install 'confsvc[desk]'"),
}
Texts = Mapping[str, str]


def language_of_environment() -> str:
    """Vietnamese where the terminal is, else English."""
    said = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "vi" if said.startswith("vi") else "en"


def texts_in(language: str) -> Texts:
    """Every text in this language."""
    return {name: both[LANGUAGES.index(language)] for name, both in TEXTS.items()}
