from datetime import date, datetime
from decimal import Decimal
from os import PathLike
from types import TracebackType
from typing import (
    Any,
    Callable,
    ClassVar,
    Generic,
    Iterable,
    Literal,
    Mapping,
    NotRequired,
    Optional,
    Protocol,
    Sequence,
    TypedDict,
    TypeVar,
    Union,
    final,
)

__all__ = [
    "Baskets",
    "Busy",
    "Corrupt",
    "Error",
    "Exists",
    "Export",
    "Expression",
    "Full",
    "Interrupted",
    "Invalid",
    "Io",
    "Iterator",
    "Limit",
    "Misuse",
    "Newer",
    "NoMemory",
    "NotFound",
    "Profile",
    "Query",
    "ReadOnly",
    "Similar",
    "Store",
    "Transaction",
    "check",
    "control_group",
    "open",
    "version",
]
__version__: str

_T = TypeVar("_T", covariant=True)
_Path = Union[str, bytes, PathLike[str], PathLike[bytes]]
_Time = Union[datetime, date, int, str]
_ValueIn = Union[
    None, bool, int, float, Decimal, str, date, datetime, Sequence["_ValueIn"], Mapping[str, "_ValueIn"]
]
_Value = Any  # None, bool, int, float, str, date, datetime, list or dict
_Pair = tuple[str, str]  # (source, key)
_Change = Literal["added", "updated", "unchanged", "ignored"]
_Saying = Literal["added", "unchanged"]
_Origin = Literal["manual", "rule", "import", "model"]
_Of = Union[_Pair, str]  # a record, or any id ever given out
_Number = Union[int, float, Decimal]
_Status = Literal["plain", "live", "invalid", "blocked"]
_Config = Union[str, dict[str, Any]]
_Kind = Literal["name", "date", "address", "text", "category", "email", "phone", "code", "number", "geo"]
_Gives = Literal["condition", "number", "text", "date", "time", "duration", "null", "any"]
_Mention = Literal["attribute", "event", "property", "segment", "tag", "consent", "points", "score"]
_Formula = Union[str, "Expression"]
_Progress = Callable[[str, int, int, int], object]  # phase, done, total, rows; False stops

class _Table(Protocol):
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...

class _Writer(Protocol):
    def write(self, data: bytes, /) -> object: ...

class _RecordValue(TypedDict):
    attribute: str
    value: _Value
    at: Optional[datetime]
    status: _Status

class _Record(TypedDict):
    source: str
    key: str
    id: str
    first_seen: Optional[datetime]
    at: Optional[datetime]
    attributes: dict[str, _Value]
    values: list[_RecordValue]

class _Event(TypedDict):
    type: str
    time: datetime
    message_id: Optional[str]
    properties: dict[str, _Value]

class _Golden(TypedDict):
    attribute: str
    value: _Value
    source: str
    record: _Pair
    at: Optional[datetime]
    status: _Status

class _Sum(TypedDict):
    count: int
    sum: Decimal
    min: Decimal
    max: Decimal
    overflow: bool

class _Aggregate(TypedDict):
    count: int
    first: Optional[datetime]
    last: Optional[datetime]
    properties: dict[str, _Sum]

class _Said(TypedDict):
    record: _Pair
    at: Optional[datetime]
    by: Optional[str]

class _Tag(_Said):
    tag: str
    value: _Value
    origin: _Origin
    confidence: int  # percent
    expires: Optional[datetime]

class _OldTag(_Tag):
    removed: bool

class _Consent(_Said):
    purpose: str
    channel: Optional[str]  # None: any that isn't listed
    granted: bool

class _Points(TypedDict):
    balance: Decimal
    count: int
    last: Optional[datetime]
    overflow: bool

class _Score(_Said):
    value: Decimal

class _Definition(TypedDict):
    kind: Literal["segment", "trait"]
    name: str
    version: int
    removed: bool  # with this version
    expression: str
    note: Optional[str]
    gives: _Gives
    at: Optional[datetime]

class _Outcome(TypedDict):
    value: _Value
    truth: bool  # of a condition; of a value: whether there is one
    next_change_at: Optional[datetime]

class _Row(TypedDict):
    id: str
    number: int
    values: Any  # a tuple, one for each column; where these have names a dict

class _Transition(TypedDict):
    sequence: int
    id: str
    number: int
    segment: str
    entered: bool  # else it left
    cause: _Cause
    at: Optional[datetime]

_Cause = Literal["fact", "time", "definition", "merge"]

class _Entry(TypedDict):
    ledger: str
    entry: str
    amount: Decimal
    record: _Pair
    at: Optional[datetime]
    by: Optional[str]

class _OldScore(TypedDict):
    score: str
    value: Decimal
    record: _Pair
    at: Optional[datetime]
    by: Optional[str]

_Period = TypedDict(
    "_Period",
    {
        "date": date,  # the local one that it begins with
        "from": datetime,
        "to": datetime,
        "entered": int,
        "left": int,
        "redefined": int,  # of both: whom a definition moved
        "merged": int,  # of those that left
        "members": int,  # at its end
    },
)

class _SegmentHistory(TypedDict):
    begins: Optional[datetime]  # None: it wasn't settled yet
    settled: Optional[datetime]
    forgotten: bool
    members: int
    dirty: int
    periods: list[_Period]

class _Stay(TypedDict):
    segment: str
    id: str
    entered: Optional[datetime]  # None: forgotten
    entered_by: Optional[_Cause]
    left: Optional[datetime]  # None: not by the last settle
    left_by: Optional[_Cause]

class _ReasonValue(TypedDict):
    text: str
    value: Optional[str]

class _Reason(TypedDict):
    text: str
    truth: bool
    values: list[_ReasonValue]
    distance: Optional[str]
    next_change_at: Optional[datetime]
    joins: Optional[Literal["and", "or", "not", "segment"]]
    parts: list[_Reason]

class _Orders(TypedDict):
    event: str
    amount: Optional[str]
    refund: Optional[str]
    first: Optional[date]  # None: there is no order
    last: Optional[date]
    order_count: int
    day_count: int
    paid_count: int
    refund_count: int
    last_gap_days: int
    spent: Decimal
    first_spent: Decimal
    refunded: Decimal
    squares: float
    log_gaps: float

class _ScoreDefinition(TypedDict):
    name: str
    version: int
    removed: bool
    definition: dict[str, Any]  # with what was learnt under "fitted"
    note: Optional[str]
    gives: Literal["number", "text", "date"]
    at: datetime

class _ScoreAbout(TypedDict):
    output: str
    gives: Literal["number", "text", "date"]
    what: str
    kept: bool  # in the rows of profiles: Profile.score_values

class _ScoreModel(TypedDict):
    kind: str
    learns: bool  # it has to be fitted
    learnt: bool  # and it was
    outputs: list[_ScoreAbout]

class _Drift(TypedDict):
    output: str
    from_version: int
    to_version: int
    customer_count: int
    changed_count: int
    from_mean: float
    to_mean: float
    mean_change: float
    stability_index: float  # below 0.1 little has moved, above 0.25 much

class _Fit(TypedDict):
    score: Optional[str]
    version: int
    change: Literal["updated", "unchanged"]
    customer_count: int
    definition: dict[str, Any]  # the whole of it, with what was learnt
    fitted: dict[str, Any]

class _Forecast(TypedDict):
    days: float
    alive: float
    alive_then: float  # after these days
    alive_if_silent: float  # after these days without a purchase
    purchases: float
    chances: list[float]  # of 0, 1 ... 9 purchases, and of 10 or more
    next_days: Optional[float]  # None: there is hardly one to come
    next_early_days: Optional[float]
    next_late_days: Optional[float]
    order_value: Optional[float]  # None: it isn't known what orders bring
    value: Optional[float]  # customer lifetime value
    value_low: Optional[float]
    value_high: Optional[float]
    value_error: Optional[float]  # the standard error
    at_risk: Optional[float]

class _ControlPlan(TypedDict):
    tells: bool  # False: such a change can't be told, they are halves
    control_count: int
    treated_count: int
    bucket_count: int  # bucket('salt', 0, bucket_count) draws such a group
    least_lift: Optional[float]  # that can be told; None: none can
    why_not: Optional[str]

class _ScoreOutput(TypedDict):
    output: str
    value: Optional[str]
    what: str

class _ScoreReason(TypedDict):
    text: str
    share: Optional[float]  # that it adds to the score

class _ScoreExplanation(TypedDict):
    score: str
    kind: str
    version: int
    learnt: bool
    outputs: list[_ScoreOutput]
    reasons: list[_ScoreReason]
    unit: Optional[str]  # of their shares: "log-odds", "points"
    next_change_at: Optional[datetime]

class _ProfileDict(TypedDict):
    id: str
    record_count: int
    event_count: int
    pending: bool
    next_change_at: Optional[datetime]
    attributes: dict[str, _Value]
    aggregates: dict[str, _Aggregate]
    tags: dict[str, _Tag]
    consents: list[_Consent]
    points: dict[str, _Points]
    scores: dict[str, _Score]
    score_values: dict[str, dict[str, _Value]]
    orders: list[_Orders]
    traits: dict[str, _Value]
    segments: list[str]
    records: list[_Pair]

class _Step(TypedDict):
    kind: Literal[
        "link", "refused", "blocked", "generic", "invalid", "shared", "unlinked", "pending", "nothing", "weak",
        "uncompared"
    ]
    a: _Pair
    b: _Pair
    type: Optional[str]
    value: Optional[str]
    rule: Optional[str]
    detail: Optional[str]
    clash_a: Optional[_Pair]
    clash_b: Optional[_Pair]
    bits: Optional[float]  # of a score
    bits_needed: Optional[float]

class _Why(TypedDict):
    same: bool
    paths: list[list[_Step]]
    steps: list[_Step]

class _RivalBits(TypedDict):
    stranger: float
    relative: float

class _Comparison(TypedDict):
    name: str
    kind: _Kind
    level: int  # 0: one of the two says nothing; 1: they differ
    level_name: str
    value_a: Optional[str]
    value_b: Optional[str]
    bits: _RivalBits
    frequency_bits: float  # against a stranger only

class _PairBits(TypedDict):
    a: _Pair
    b: _Pair
    model_version: int
    prior: _RivalBits
    comparisons: list[_Comparison]
    sum: _RivalBits
    rival: Literal["stranger", "relative"]
    bits: float
    link_at: float
    known_at: float
    keep_at: float
    links: bool
    kept: bool

class _Blame(TypedDict):
    link: Optional[_Step]
    complete: bool
    parts: list[list[_Pair]]

class _ReviewPair(TypedDict):
    a: _Pair
    b: _Pair
    profile_a: str
    profile_b: str
    bits: float
    reason: Literal["doubtful", "refused"]
    rule: Optional[str]
    detail: Optional[str]
    alike_count: int  # of a suggestion

class _Review(TypedDict):
    model_version: int  # 0: there is none
    waiting_count: int
    keep_at_bits: float
    link_at_bits: float
    pairs: list[_ReviewPair]

class _Hit(TypedDict):
    id: str
    record: _Pair
    bits: float
    likely: bool
    identifier: Optional[str]

class _Found(TypedDict):
    hits: list[_Hit]
    compared_count: int
    partial: bool
    unread: list[str]  # attributes that made no difference: not compared, or not of their type's form

class _ModelInfo(TypedDict):
    version: int
    in_force: bool
    configured: bool  # it compares and decides as the definitions in force say
    given: bool  # by resolve(model=...), not learnt here: resolve() learns anew only if asked
    record_count: int  # it was learnt from
    match_count: int  # pairs of them that are thought to be one person
    prior_bits: float  # one person to strangers
    relative_prior_bits: float  # one person to relatives
    link_at_bits: float
    known_at_bits: float
    review_at_bits: float
    cohesion: float  # share of cross pairs, 0 to 1
    block_cap: int  # what so many records have in common proposes no pair
    comparison_count: int
    block_rule_count: int

class _ModelLevel(TypedDict):
    name: str
    m: float  # for two records of one person, 0 to 1
    u: float  # of two strangers
    relative_u: float  # of two relatives
    bits: float  # against strangers
    relative_bits: float

class _ModelComparison(TypedDict):
    name: str
    kind: _Kind
    attributes: list[str]
    levels: list[_ModelLevel]  # by number: 0 is "missing", 1 "different"
    seen: bool  # in the records it was learnt from; else each level is taken to be as likely
    term_count: int  # values whose frequency is known each by itself

class _ModelBlockRule(TypedDict):
    name: str  # of what block keys are made, such as "word+year"
    weak: bool  # many strangers have such a key in common

class _Model(_ModelInfo):
    comparisons: list[_ModelComparison]
    block_rules: list[_ModelBlockRule]

class _ModelChange(TypedDict):
    kind: Literal["prior", "threshold", "comparison", "level", "blocks"]
    name: str
    level: Optional[str]
    relative: bool  # of a level: the weight against relatives
    has_before: bool  # of a comparison or block rule: which model has it
    has_after: bool
    before: Optional[float]  # bits; of "cohesion" a share, of "block_cap" a count; None: only one has it
    after: Optional[float]

class _Settled(TypedDict):
    settled_count: int
    packed_count: int
    remaining_count: int

class _Resolved(TypedDict):
    record_count: int
    compared_count: int
    scored_count: int
    model_version: int
    trained: bool
    settled: _Settled

class _Reject(TypedDict):
    line: int
    reason: str
    detail: str
    text: str

class _Facts(TypedDict):
    added: int
    updated: int
    unchanged: int
    ignored: int

class _NonNumber(TypedDict):
    column: str
    value_count: int
    first_line: int

class _MixedDates(TypedDict):
    column: str
    month_first: bool
    either_count: int
    first_either_line: int
    other_count: int
    first_other_line: int

class _GenericValue(TypedDict):
    type: str
    value: str
    record_count: int

class _Report(TypedDict):
    row_count: int
    added_count: int
    updated_count: int
    unchanged_count: int
    ignored_count: int
    rejected_count: int
    rejected_by_reason: dict[str, int]
    invalid_value_count: int
    settled_count: int
    future_row_count: int
    first_future_line: int
    source_value_count: int
    unmapped_value_count: int
    tied_count: int
    first_tied_line: int
    generic_count: int
    format: str
    encoding: str
    key: str
    columns: dict[str, Optional[str]]
    records: _Facts
    events: _Facts
    links: _Facts
    non_numbers: list[_NonNumber]
    mixed_dates: list[_MixedDates]
    generic_values: list[_GenericValue]
    source_column: Optional[str]
    wrong_option: Optional[str]

class _Quality(TypedDict):
    precision: float
    recall: float
    f1: float

class _WrongPair(TypedDict):
    a: _Pair
    b: _Pair
    entity_a: str
    entity_b: str

class _CurvePoint(TypedDict):
    threshold_bits: float
    pair_count: int
    right_pair_count: int
    quality: _Quality

class _RfmGroup(TypedDict):
    name: str
    customer_count: int
    order_count: int
    spent: Decimal
    median_days: float
    median_orders: float
    median_spent: Decimal

class _RfmTier(_RfmGroup):
    least_spent: Optional[Decimal]  # None: of the last one

class _RfmCell(TypedDict):
    customer_count: int
    spent: Decimal

class _RfmCustomer(TypedDict):
    id: str
    number: int
    days: int  # since the last order
    order_count: int
    spent: Decimal
    r: int
    f: int
    m: int
    segment: str
    tier: str

class _Rfm(TypedDict):
    today: date  # that days are counted to
    event: str
    amount: str
    refund: Optional[str]
    bins: int
    customer_count: int  # who have orders
    without_orders_count: int
    without_amounts_count: int
    order_count: int
    spent: Decimal
    segments: list[_RfmGroup]
    tiers: list[_RfmTier]  # best first
    grid: list[list[_RfmCell]]  # [r - 1][f - 1]
    day_cuts: list[int]
    order_cuts: list[int]
    spent_cuts: list[Decimal]
    customers: NotRequired[list[_RfmCustomer]]

class _Evaluation(TypedDict):
    record_count: int
    missing_count: int
    entity_count: int
    profile_count: int
    true_pair_count: int
    found_pair_count: int
    right_pair_count: int
    over_merge_count: int
    under_merge_count: int
    pairwise: _Quality
    bcubed: _Quality
    over_merges: list[_WrongPair]
    under_merges: list[_WrongPair]
    model_version: int  # 0: there is none, and no curve
    link_at_bits: float
    unscored_pair_count: int
    curve: list[_CurvePoint]

class _AuditCount(TypedDict):
    copy_count: int
    found_count: int
    link_count: int
    right_count: int
    quality: _Quality  # of nothing it is 1: where link_count is 0 the precision, where copy_count is 0 the recall

class _AuditError(_AuditCount):
    name: str

class _AuditAttribute(TypedDict):
    attribute: str
    record_count: int
    value_count: int
    distinct_count: int
    top_count: int
    top_value: Optional[str]
    completeness: float
    uniqueness: float

class _Audit(TypedDict):
    model_version: int
    record_count: int
    identified_count: int
    compared_count: int
    unlinkable_count: int
    block_cap: int
    block_count: int
    dropped_block_count: int
    largest_block_count: int
    all: _AuditCount
    errors: list[_AuditError]
    attributes: list[_AuditAttribute]

class Error(Exception):
    code: ClassVar[int]
    code_name: ClassVar[Optional[str]]
    position: Optional[int]

class NotFound(Error, LookupError): ...
class Invalid(Error, ValueError): ...
class Misuse(Error, RuntimeError): ...
class NoMemory(Error, MemoryError): ...
class Io(Error, OSError): ...
class Full(Error): ...
class Corrupt(Error): ...
class Newer(Error): ...
class Busy(Error): ...
class ReadOnly(Error): ...

class Interrupted(Error):
    report: Union[None, _Report, dict[str, int]]

class Exists(Error, FileExistsError): ...
class Limit(Error): ...

class Iterator(Generic[_T]):
    def close(self) -> None: ...
    def __enter__(self) -> Iterator[_T]: ...
    def __exit__(
        self,
        kind: Optional[type[BaseException]] = ...,
        exception: Optional[BaseException] = ...,
        traceback: Optional[TracebackType] = ...,
        /,
    ) -> None: ...
    def __iter__(self) -> Iterator[_T]: ...
    def __next__(self) -> _T: ...

@final
class Query(Iterator[_Row]):
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...

@final
class Export:
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...

@final
class Profile:
    @property
    def id(self) -> str: ...
    @property
    def record_count(self) -> int: ...
    @property
    def event_count(self) -> int: ...
    @property
    def match_count(self) -> int: ...
    @property
    def pending(self) -> bool: ...
    @property
    def computed(self) -> bool: ...
    @property
    def next_change_at(self) -> Optional[datetime]: ...
    @property
    def attributes(self) -> dict[str, _Value]: ...
    @property
    def golden_values(self) -> list[_Golden]: ...
    @property
    def aggregates(self) -> dict[str, _Aggregate]: ...
    @property
    def tags(self) -> dict[str, _Tag]: ...
    @property
    def consents(self) -> list[_Consent]: ...
    @property
    def points(self) -> dict[str, _Points]: ...
    @property
    def scores(self) -> dict[str, _Score]: ...  # that other systems gave
    @property
    def score_values(self) -> dict[str, dict[str, _Value]]: ...  # what the models say: score, output
    @property
    def orders(self) -> list[_Orders]: ...
    @property
    def traits(self) -> dict[str, _Value]: ...
    @property
    def segments(self) -> list[str]: ...
    @property
    def records(self) -> list[_Pair]: ...
    def value(self, attribute: str, /) -> _Value: ...
    def golden(self, attribute: str, /) -> Optional[_Golden]: ...
    def aggregate(self, event_type: str, /) -> Optional[_Aggregate]: ...
    def count_events(
        self, type: Optional[str] = None, from_: Optional[_Time] = None, to: Optional[_Time] = None
    ) -> int: ...
    def tag(self, name: str, /) -> Optional[_Tag]: ...
    def tag_history(self) -> list[_OldTag]: ...
    def consent_history(self) -> list[_Consent]: ...
    def points_history(self) -> list[_Entry]: ...
    def score_history(self) -> list[_OldScore]: ...
    def consent(self, purpose: str, channel: Optional[str] = None) -> bool: ...
    def balance(self, ledger: str, /) -> Decimal: ...
    def score(self, name: str, /) -> Optional[Decimal]: ...
    def trait(self, name: str, /) -> _Value: ...
    def in_segment(self, name: str, /) -> bool: ...
    def evaluate(self, expression: _Formula, now: _Time) -> _Outcome: ...
    def explain(self, expression: _Formula, now: _Time) -> _Reason: ...
    def explain_segment(self, name: str, now: _Time) -> _Reason: ...
    def explain_score(self, name: str, now: _Time) -> _ScoreExplanation: ...
    def forecast(self, score: str, now: _Time, *, days: float = 0, share: float = 0) -> _Forecast: ...
    def stays(self, segment: Optional[str] = None) -> list[_Stay]: ...
    def to_dict(self) -> _ProfileDict: ...

@final
class Expression:
    def __new__(
        cls,
        text: Union[str, dict[str, Any]],  # a dict with json only
        store: Union[None, Store, Transaction] = None,
        *,
        json: bool = False,
        value: bool = False,
        any_name: bool = False,
    ) -> Expression: ...
    @property
    def gives(self) -> _Gives: ...
    @property
    def mentions(self) -> list[tuple[_Mention, str]]: ...
    def format(self, columns: int = 80) -> str: ...
    def json(self, pretty: bool = False) -> str: ...

class _BasketsSummary(TypedDict):
    customer_count: int
    basket_count: int
    item_count: int
    line_count: int
    left_out_count: int

class _BasketItem(TypedDict):
    item: str
    basket_count: int
    customer_count: int
    again_count: int
    repeat_share: float

class _Rule(TypedDict):
    antecedent: tuple[str, ...]
    consequent: tuple[str, ...]
    antecedent_baskets: int
    consequent_baskets: int
    both_baskets: int
    support: float
    confidence: float
    lift: float
    lift_low: float
    lift_high: float
    leverage: float
    conviction: Optional[float]  # None: it is infinite, the rule always holds
    p: float

class _Rules(TypedDict):
    basket_count: int
    min_count: int
    item_count: int
    itemset_count: int
    rule_count: int
    redundant_count: int
    rules: list[_Rule]

class _SimilarPair(TypedDict):
    item: str
    other: str
    item_customers: int
    other_customers: int
    both_customers: int
    later_customers: int
    cosine: float
    likelihood_ratio: float

class _RecommendReason(TypedDict):
    item: str
    part: float

class _Recommendation(TypedDict, total=False):
    item: str
    kind: Literal["repeat", "new"]
    score: float
    basket_count: int  # of a repeat
    later_count: int
    reasons: list[_RecommendReason]  # of a new one

@final
class Baskets:
    @property
    def summary(self) -> _BasketsSummary: ...
    def items(self) -> list[_BasketItem]: ...
    def item(self, name: str, /) -> Optional[_BasketItem]: ...
    def rules(
        self,
        min_support: float = 0.01,
        *,
        min_count: Optional[int] = None,
        min_confidence: float = 0.2,
        min_lift: float = 0,
        max_p: float = 1,
        max_items: int = 5,
        max_consequent: int = 1,
        redundant: bool = False,
        by: Literal["lift", "confidence", "support", "leverage"] = "lift",
        limit: Optional[int] = None,
        memory_bytes: Optional[int] = None,
        threads: Optional[int] = None,
        progress: Optional[_Progress] = None,
    ) -> _Rules: ...
    def similar(
        self,
        items: Optional[Sequence[str]] = None,
        *,
        customer: Optional[Profile] = None,
        by: Literal["cosine", "ratio"] = "cosine",
        limit: int = 10,
        min_customers: int = 2,
        memory_bytes: Optional[int] = None,
        threads: Optional[int] = None,
        progress: Optional[_Progress] = None,
    ) -> Similar: ...

@final
class Similar:
    def pairs(self) -> list[_SimilarPair]: ...
    def recommend(
        self,
        customer: Optional[Profile] = None,
        *,
        items: Optional[Sequence[str]] = None,
        limit: int = 10,
        reasons: int = 3,
    ) -> list[_Recommendation]: ...

@final
class Transaction:
    @property
    def store(self) -> Store: ...
    @property
    def writable(self) -> bool: ...
    @property
    def ended(self) -> bool: ...
    def __enter__(self) -> Transaction: ...
    def __exit__(
        self,
        kind: Optional[type[BaseException]] = ...,
        exception: Optional[BaseException] = ...,
        traceback: Optional[TracebackType] = ...,
        /,
    ) -> None: ...
    def commit(self) -> None: ...
    def abort(self) -> None: ...
    def reset(self) -> None: ...
    def renew(self) -> None: ...
    def put(self, source: str, key: str, attributes: Mapping[str, _ValueIn], at: _Time) -> _Change: ...
    def patch(self, source: str, key: str, attributes: Mapping[str, _ValueIn], at: _Time) -> _Change: ...
    def add(self, source: str, key: str, attributes: Mapping[str, _ValueIn], at: _Time) -> _Change: ...
    def event(
        self,
        source: str,
        key: str,
        type: str,
        time: _Time,
        properties: Optional[Mapping[str, _ValueIn]] = None,
        message_id: Optional[str] = None,
    ) -> _Change: ...
    def link(self, a: _Pair, b: _Pair, *, by: str, at: _Time) -> _Change: ...
    def unlink(self, a: _Pair, b: _Pair, *, by: str, at: _Time) -> _Change: ...
    def tag(
        self,
        of: _Of,
        tag: str,
        at: _Time,
        *,
        value: _ValueIn = None,
        expires: Optional[_Time] = None,
        confidence: int = 100,
        origin: _Origin = "manual",
        by: Optional[str] = None,
    ) -> _Saying: ...
    def untag(
        self, of: _Of, tag: str, at: _Time, *, origin: _Origin = "manual", by: Optional[str] = None
    ) -> _Saying: ...
    def consent(
        self,
        of: _Of,
        purpose: str,
        granted: bool,
        at: _Time,
        *,
        channel: Optional[str] = None,
        by: Optional[str] = None,
    ) -> _Saying: ...
    def points(
        self, of: _Of, ledger: str, entry: str, amount: _Number, at: _Time, *, by: Optional[str] = None
    ) -> _Saying: ...
    def score(self, of: _Of, score: str, value: _Number, at: _Time, *, by: Optional[str] = None) -> _Saying: ...
    def put_segment(
        self,
        name: str,
        expression: Union[_Formula, dict[str, Any]],  # a dict with json only
        at: _Time,
        *,
        note: Optional[str] = None,
        any_name: bool = False,
        json: bool = False,
    ) -> _Change: ...
    def put_trait(
        self,
        name: str,
        expression: Union[_Formula, dict[str, Any]],
        at: _Time,
        *,
        note: Optional[str] = None,
        any_name: bool = False,
        json: bool = False,
    ) -> _Change: ...
    def remove_segment(self, name: str, at: _Time) -> None: ...
    def remove_trait(self, name: str, at: _Time) -> None: ...
    def segment(self, name: str, version: Optional[int] = None) -> _Definition: ...
    def trait(self, name: str, version: Optional[int] = None) -> _Definition: ...
    def segments(self) -> list[_Definition]: ...
    def traits(self) -> list[_Definition]: ...
    def mentions(self, kind: Literal["segment", "trait", "score"], name: str) -> list[tuple[_Mention, str]]: ...
    def define_score(
        self,
        name: str,
        definition: Union[str, dict[str, Any]],  # a model: {"kind": ..., and its settings}
        at: _Time,
        *,
        note: Optional[str] = None,
        any_name: bool = False,
    ) -> _Change: ...
    def remove_score(self, name: str, at: _Time) -> None: ...
    def score_definition(self, name: str, version: Optional[int] = None) -> _ScoreDefinition: ...
    def score_definitions(self) -> list[_ScoreDefinition]: ...
    def score_model(self, name: str, /) -> _ScoreModel: ...
    def score_drift(
        self,
        name: str,
        now: _Time,
        *,
        from_version: int = 0,
        to_version: int = 0,
        threads: int = 0,
        progress: Optional[_Progress] = None,
    ) -> _Drift: ...
    def query(
        self,
        where: Optional[_Formula] = None,
        columns: Union[None, Iterable[_Formula], dict[str, _Formula]] = None,
        *,
        now: _Time,
        limit: Optional[int] = None,
        sample: Optional[int] = None,  # so many buckets of 10,000
        salt: Optional[str] = None,
    ) -> Query: ...
    def count(
        self, where: Optional[_Formula], now: _Time, *, sample: Optional[int] = None, salt: Optional[str] = None
    ) -> int: ...
    def overlap(self, conditions: Sequence[_Formula], now: _Time) -> list[list[int]]: ...
    def rfm(
        self,
        now: _Time,
        *,
        event: Optional[str] = None,
        amount: Optional[str] = None,
        refund: Optional[str] = None,
        bins: int = 5,
        where: Optional[_Formula] = None,
        customers: bool = False,
        threads: int = 0,
        progress: Optional[_Progress] = None,
    ) -> _Rfm: ...
    def baskets(
        self,
        event: Optional[str] = None,
        item: Optional[str] = None,
        order: Optional[str] = None,
        *,
        now: _Time,
        from_: Optional[_Time] = None,
        to: Optional[_Time] = None,
        where: Optional[_Formula] = None,
        memory_bytes: Optional[int] = None,
        threads: Optional[int] = None,
        progress: Optional[_Progress] = None,
    ) -> Baskets: ...
    def tag_counts(self, now: _Time) -> dict[str, int]: ...
    def transitions(self, since: int = 0, limit: Optional[int] = None) -> Iterator[_Transition]: ...
    def trim_transitions(self, sequence: int, /) -> int: ...
    def segment_history(
        self,
        name: str,
        by: Literal["day", "week", "month"] = "day",
        from_: Optional[_Time] = None,
        to: Optional[_Time] = None,
    ) -> _SegmentHistory: ...
    def record(self, source: str, key: str) -> Optional[_Record]: ...
    def find(self, type: str, value: str, now: _Time) -> Optional[Profile]: ...
    def find_ids(self, type: str, value: str) -> list[str]: ...
    def get(self, id: str, now: _Time) -> Optional[Profile]: ...
    def profile_of(self, source: str, key: str, now: _Time) -> Optional[Profile]: ...
    def profile_id(self, source: str, key: str) -> Optional[str]: ...
    def records(self) -> Iterator[_Record]: ...
    def profiles(self, now: _Time) -> Iterator[Profile]: ...
    def events(
        self, source: str, key: str, from_: Optional[_Time] = None, to: Optional[_Time] = None
    ) -> Iterator[_Event]: ...
    def count_events(
        self,
        profile: Profile,
        /,
        type: Optional[str] = None,
        from_: Optional[_Time] = None,
        to: Optional[_Time] = None,
    ) -> int: ...
    def why(self, a: _Pair, b: _Pair) -> _Why: ...
    def how(self, of: Union[_Pair, Profile]) -> list[_Step]: ...
    def pair(self, a: _Pair, b: _Pair) -> _PairBits: ...
    def blame(self, of: Union[_Pair, Profile]) -> _Blame: ...
    def review(self, limit: Optional[int] = None, suggest: bool = False) -> _Review: ...
    def search(self, attributes: Mapping[str, _ValueIn], limit: int = 10) -> _Found: ...
    def models(self) -> list[_ModelInfo]: ...
    def model(self, version: int = 0) -> _Model: ...
    def export_model(self, version: int = 0) -> str: ...
    def compare_models(self, before: int, after: int = 0) -> list[_ModelChange]: ...
    def settle(self, now: _Time, budget: int = 0) -> _Settled: ...
    def config(self) -> dict[str, Any]: ...
    def apply_config(self, config: _Config, /) -> None: ...
    def stat(self) -> dict[str, int]: ...

@final
class Store:
    @property
    def path(self) -> str: ...
    @property
    def closed(self) -> bool: ...
    def close(self) -> None: ...
    def __enter__(self) -> Store: ...
    def __exit__(
        self,
        kind: Optional[type[BaseException]] = ...,
        exception: Optional[BaseException] = ...,
        traceback: Optional[TracebackType] = ...,
        /,
    ) -> None: ...
    def begin(self, write: bool = False) -> Transaction: ...
    def read(self) -> Transaction: ...
    def write(self) -> Transaction: ...
    def import_file(
        self,
        path: _Path,
        source: str,
        *,
        now: _Time,
        format: Literal["auto", "csv", "jsonl", "segment"] = "auto",
        key: Optional[str] = None,
        map: Union[None, str, Mapping[str, Optional[str]]] = None,
        event: Optional[str] = None,
        time: Optional[str] = None,
        encoding: Optional[str] = None,
        rejects: Union[None, _Path, Callable[[_Reject], object]] = None,
        batch_count: int = 0,
        settle: bool = True,
        progress: Optional[_Progress] = None,
        message_id: Optional[str] = None,
        dates: Optional[Literal["dmy", "mdy"]] = None,
    ) -> _Report: ...
    def import_arrow(
        self,
        data: _Table,
        source: str,
        *,
        now: _Time,
        key: Optional[str] = None,
        map: Union[None, str, Mapping[str, Optional[str]]] = None,
        event: Optional[str] = None,
        time: Optional[str] = None,
        rejects: Union[None, _Path, Callable[[_Reject], object]] = None,
        batch_count: int = 0,
        settle: bool = True,
        progress: Optional[_Progress] = None,
        message_id: Optional[str] = None,
        dates: Optional[Literal["dmy", "mdy"]] = None,
    ) -> _Report: ...
    def tag_file(
        self,
        path: _Path,
        source: str,
        tag: str,
        at: _Time,
        *,
        key: Optional[str] = None,
        remove: bool = False,
        value: _ValueIn = None,
        expires: Optional[_Time] = None,
        confidence: int = 100,
        origin: _Origin = "manual",
        by: Optional[str] = None,
        encoding: Optional[str] = None,
        progress: Optional[_Progress] = None,
    ) -> dict[str, int]: ...
    def tag_where(
        self,
        where: Union[_Formula, dict[str, Any]],  # a dict with json only
        tag: str,
        at: _Time,
        *,
        now: Optional[_Time] = None,
        remove: bool = False,
        dry_run: bool = False,
        value: _ValueIn = None,
        expires: Optional[_Time] = None,
        confidence: int = 100,
        origin: _Origin = "manual",
        by: Optional[str] = None,
        any_name: bool = False,
        json: bool = False,
        progress: Optional[_Progress] = None,
    ) -> dict[str, int]: ...
    def fit_score(
        self,
        name: Optional[str],  # None: `definition` is fitted, and nothing is written
        now: _Time,
        *,
        where: Optional[_Formula] = None,
        holdout_days: int = 0,  # 0: half of the time that is known
        dry_run: bool = False,
        threads: int = 0,
        progress: Optional[_Progress] = None,
        definition: Union[None, str, dict[str, Any]] = None,
    ) -> _Fit: ...
    def export(
        self,
        what: Literal["records", "events", "profiles", "clusters"],
        format: Literal["csv", "jsonl", "arrow"] = "csv",
        *,
        now: _Time,
        write: Union[None, _Writer, Callable[[bytes], object]] = None,
    ) -> Optional[bytes]: ...
    def export_arrow(
        self, what: Literal["records", "events", "profiles", "clusters"], *, now: _Time
    ) -> Export: ...
    def settle(self, now: _Time, budget: int = 0, progress: Optional[_Progress] = None) -> _Settled: ...
    def resolve(
        self,
        now: _Time,
        train: bool = False,
        threads: int = 0,
        progress: Optional[_Progress] = None,
        *,
        model: Union[None, str, dict[str, Any]] = None,
    ) -> _Resolved: ...
    def verify(self, now: _Time, progress: Optional[_Progress] = None) -> list[str]: ...
    def stat(self) -> dict[str, int]: ...
    def backup(self, path: _Path, progress: Optional[_Progress] = None) -> None: ...
    def evaluate(self, truth_path: _Path, progress: Optional[_Progress] = None) -> _Evaluation: ...
    def audit(self, share: float = 0.005, progress: Optional[_Progress] = None) -> _Audit: ...
    def config(self) -> dict[str, Any]: ...
    def apply_config(self, config: _Config, /) -> None: ...

def open(
    path: _Path,
    *,
    create: bool = False,
    create_new: bool = False,
    read_only: bool = False,
    network: bool = False,
    map_size_bytes: int = 0,
    max_readers: int = 0,
    config: Optional[_Config] = None,
) -> Store: ...
def check(path: _Path, progress: Optional[_Progress] = None) -> list[str]: ...
def control_group(
    audience: int, base_rate: float, lift: float, alpha: float = 0.05, power: float = 0.8
) -> _ControlPlan: ...
def version() -> str: ...
