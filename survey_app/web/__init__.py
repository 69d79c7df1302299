"""The pages: one blueprint a person, and one each for what persons do together: key, comments, plans, replies.
Beside them the style guide, for those who build pages."""

from survey_app.web import director_views, longterm, outside
from survey_app.web.account import account
from survey_app.web.actions import actions
from survey_app.web.api import api
from survey_app.web.awards import awards
from survey_app.web.comments import comments
from survey_app.web.director import director
from survey_app.web.keys import keys
from survey_app.web.officer import officer
from survey_app.web.orders import orders
from survey_app.web.public import public
from survey_app.web.replies import replies
from survey_app.web.respond import respond
from survey_app.web.reviews import reviews
from survey_app.web.staff_api import staff_api
from survey_app.web.styleguide import styleguide
from survey_app.web.unit import unit
from survey_app.web.what_if import what_if

# Further pages of the director's blueprint.
DIRECTORS = (director_views, outside, longterm)
BLUEPRINTS = (
    respond, public, api, account, officer, keys, comments, director, what_if, unit, awards, staff_api,
    actions, reviews, orders, replies, styleguide,
)  # fmt: skip
