"""What followed the demo's rounds: a plan worked through, orders, a reply, a plan that waits for approval."""

from __future__ import annotations

import datetime

from survey_app.ballot.minutes import today
from survey_app.models import Round
from survey_app.results import replies
from survey_app.staff import actions, plans, procedures
from survey_app.staff.actions import Line

HEAD, DIRECTOR, OFFICER = "mongcai@example.vn", "director@example.vn", "officer@example.vn"
OTHER_HEAD = "bacphongsinh@example.vn"
OWN, OTHER, THIRD = "CC-MCAI", "CC-BPS", "CC-HMO"
Note = tuple[int, int, str, str]  # month and day of the year after the round, status, sentence

# Line, then what was noted on it in the year after.
WORKED: tuple[tuple[str, str, int, int, str, float | None, tuple[Note, ...]], ...] = (
    ("Niêm yết lại toàn bộ thủ tục, thời hạn xử lý tại nơi làm thủ tục và trên trang thông tin điện tử.",
     "Phó Chi cục trưởng phụ trách nghiệp vụ", 3, 31, "mb", 2.0,
     ((1, 25, "under_way", "Đã rà soát xong danh mục, đang in bảng niêm yết."),
      (3, 22, "done", "Đã niêm yết tại ba điểm làm thủ tục, có mã QR tra cứu."))),
    ("Phân luồng lại việc tiếp nhận hồ sơ buổi chiều để hồ sơ luồng vàng được xử lý trong ngày.",
     "Đội trưởng Đội Nghiệp vụ", 5, 15, "tg", 3.5,
     ((2, 20, "under_way", "Thử hai ca tiếp nhận tại một quầy."),
      (4, 18, "under_way", "Mở rộng ra cả ba quầy, còn thiếu một cán bộ."))),
    ("Tập huấn kỹ năng tiếp xúc, trả lời doanh nghiệp cho toàn bộ công chức trực quầy.",
     "Đội Tổng hợp", 6, 30, "cl", 1.5,
     ((6, 12, "done", "Đã tập huấn hai đợt cho 38 công chức."),)),
    ("Lắp thêm máy tự tra cứu tờ khai tại khu chờ.", "Đội Tổng hợp", 9, 30, "tg", None,
     ((4, 10, "dropped", "Chưa bố trí được kinh phí năm nay; chuyển sang tra cứu trên điện thoại."),)),
)  # fmt: skip
ORDERS = (
    (OTHER, "Bố trí đầu mối hỗ trợ doanh nghiệp ngoài giờ tại cửa khẩu, báo cáo kết quả từng tháng.", "Chi cục trưởng",
     6, 30, "ht"),
    (THIRD, "Giải quyết hồ sơ hàng tươi sống trong ngày, không để xe qua đêm tại bãi.",
     "Phó Chi cục trưởng", 4, 30, "tg"),
)  # fmt: skip
REVIEWED = (
    ("Xác nhận lại bản sao hợp đồng khi đã có chữ ký số", "dropped", 4, 1),
    ("Phiếu tiếp nhận hồ sơ giấy song song với hồ sơ điện tử", "simplified", 5, 1),
    ("Kiểm tra thực tế hàng hóa luồng đỏ", "kept", 3, 15),
)
REPLY = (
    "Trong quý III, cầu dẫn vào bãi kiểm hóa được sửa chữa 7 tuần; xe phải chờ ngoài bãi, thời gian thông quan tăng và "
    "điều này thể hiện ở điểm chi phí thời gian.\n"
    "Đơn vị tiếp thu các ý kiến về thái độ tiếp dân và sẽ nêu việc cụ thể trong kế hoạch khắc phục."
)
# Line, with the days from now until it is due.
FRESH = (
    ("Công khai lịch trực và số điện thoại lãnh đạo trực theo tuần.", "Đội Tổng hợp", 45, "ht", 1.0),
    ("Rà soát các khoản phải nộp ngoài quy định tại bãi, báo cáo Cục trước khi nhắc nhở.",
     "Phó Chi cục trưởng phụ trách nghiệp vụ", 120, "pc", 2.5),
)  # fmt: skip
DAYS = 10


def before_publication(round_: Round, signed_by: str) -> None:
    """The heads read the draft of the second round; one replies."""
    if round_.previous_id is None:
        return
    opened = round_.counted_on or round_.closes_on
    replies.open_draft(round_, DAYS, OFFICER, opened, signed_by)
    day = opened + datetime.timedelta(days=3)
    replies.write_reply(Round.get_by_id(round_.id), OTHER, {"text": REPLY}, 0, OTHER_HEAD, day)


def after_publication(round_: Round) -> None:
    """Plans and orders on a round; those on the first were worked on in the year after."""
    if round_.previous_id is None:
        worked_through(round_)
        give_orders(round_)
        review(round_)
    else:
        wait_for_approval(round_)


def worked_through(round_: Round) -> None:
    """A plan that was approved and followed month by month."""
    after = round_.year + 1
    for what, owner, month, day, node, effect, _ in WORKED:
        line = Line(what, owner, datetime.date(after, month, day), node, effect)
        actions.add_line(round_, OWN, line, HEAD)
    plans.send(round_, OWN, HEAD, datetime.date(round_.year, 12, 20))
    plans.approve(round_, OWN, plans.plan_of(round_.id, OWN).version, DIRECTOR, datetime.date(round_.year, 12, 26))
    kept = {one.what: one for one in actions.actions_of(round_.id, OWN)}
    for what, *_, notes in WORKED:
        for month, day, status, text in notes:
            fields = {"status": status, "text": text}
            actions.note(kept[what], fields, HEAD, datetime.date(after, month, day), director=False)


def give_orders(round_: Round) -> None:
    """Two orders: one is still open, one was marked done."""
    after = round_.year + 1
    for unit, what, owner, month, day, node in ORDERS:
        actions.give_order(round_, unit, Line(what, owner, datetime.date(after, month, day), node), DIRECTOR)
    (open_,) = actions.actions_of(round_.id, OTHER)
    fields = {"status": "under_way", "text": "Đã có lịch trực ba tối mỗi tuần, còn thiếu người vào cuối tuần."}
    actions.note(open_, fields, OTHER_HEAD, datetime.date(after, 4, 5), director=False)
    (closed,) = actions.actions_of(round_.id, THIRD)
    fields = {"status": "done", "text": "Từ tháng 4 không còn xe hàng tươi sống lưu qua đêm do chờ thủ tục."}
    actions.note(closed, fields, DIRECTOR, datetime.date(after, 4, 28), director=True)


def review(round_: Round) -> None:
    """Three procedures that the unit looked through."""
    for name, verdict, month, day in REVIEWED:
        since = datetime.date(round_.year + 1, month, day)
        procedures.add_review(round_, OWN, procedures.Reviewed(name, verdict, since), HEAD)


def wait_for_approval(round_: Round) -> None:
    """A plan on the last round, sent these days and not decided on."""
    now = today()
    for what, owner, days, node, effect in FRESH:
        line = Line(what, owner, now + datetime.timedelta(days=days), node, effect)
        actions.add_line(round_, OTHER, line, OTHER_HEAD)
    plans.send(round_, OTHER, OTHER_HEAD, now - datetime.timedelta(days=5))
