"""Mix systems' rankings into one list, and read from clicks whose items people prefer."""

from typing import TYPE_CHECKING

from palate.core.lazy import lazy_exports

if TYPE_CHECKING:
    from palate.experiments.interleaving._lists import InterleavedLists as InterleavedLists
    from palate.experiments.interleaving._lists import interleave_runs as interleave_runs
    from palate.experiments.interleaving._multileaving import Multileaved as Multileaved
    from palate.experiments.interleaving._multileaving import Preferences as Preferences
    from palate.experiments.interleaving._multileaving import multileave as multileave
    from palate.experiments.interleaving._multileaving import multileave_runs as multileave_runs
    from palate.experiments.interleaving._multileaving import score_teams as score_teams
    from palate.experiments.interleaving._score import Preference as Preference
    from palate.experiments.interleaving._score import score_clicks as score_clicks
    from palate.experiments.interleaving.base import Interleaved as Interleaved
    from palate.experiments.interleaving.base import Interleaver as Interleaver
    from palate.experiments.interleaving.optimized import Optimized as Optimized
    from palate.experiments.interleaving.probabilistic import Probabilistic as Probabilistic
    from palate.experiments.interleaving.registry import interleavers as interleavers
    from palate.experiments.interleaving.team_draft import TeamDraft as TeamDraft

__getattr__, __all__ = lazy_exports(
    __name__,
    {
        "Interleaved": "base",
        "InterleavedLists": "_lists",
        "Interleaver": "base",
        "Multileaved": "_multileaving",
        "Optimized": "optimized",
        "Preference": "_score",
        "Preferences": "_multileaving",
        "Probabilistic": "probabilistic",
        "TeamDraft": "team_draft",
        "interleave_runs": "_lists",
        "interleavers": "registry",
        "multileave": "_multileaving",
        "multileave_runs": "_multileaving",
        "score_clicks": "_score",
        "score_teams": "_multileaving",
    },
)
