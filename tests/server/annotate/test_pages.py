"""The page of tasks: shown, submitted once, never losing what was typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import server_scenes as scene
from django.test import Client
from html_tree import tree_of
from server_browser import browser, text_of

from palate.server.accounts.models import Account
from palate.server.config import ServerConfig
from palate.server.projects.models import Pool
from palate.server.projects.tasks import TaskRow
from palate.server.work.claim import claim_page
from palate.server.work.models import Answer, Assignment
