---@meta kith

-- What `require "kith"` gives, for the Lua language server. Nothing here runs.
--
-- Failures that may be expected give nil, a message, and the name of a code, such as "KITH_NOT_FOUND";
-- wrong types of arguments, and calls at a wrong moment, raise an error.
--
-- Times are microseconds since 1970-01-01T00:00:00Z: integers in Lua 5.3 and 5.4, numbers before, which are
-- exact until the year 2255. Wherever a time is asked for, text does too ("2024-02-29T18:30:00Z"). Dates are
-- text, YYYY-MM-DD. Nothing reads a clock: `now` is always an argument. What is never, or isn't known, is nil.

---@class kith
---@field version string the version of the library
---@field null lightuserdata no value: in a patch it removes the attribute; null in a list or map
local kith = {}

---@alias kith.time integer | number | string
---@alias kith.value boolean | integer | number | string | lightuserdata | kith.value[] | table<string, kith.value>
---@alias kith.code
---| "KITH_NOT_FOUND" # nothing has this key, id or identifier
---| "KITH_INVALID" # bad data: the message says what and where
---| "KITH_NO_MEMORY"
---| "KITH_IO" # the operating system refused
---| "KITH_FULL" # the store has reached its map size
---| "KITH_CORRUPT" # the file is damaged, or is no kith store
---| "KITH_NEWER" # the store was written by a newer kith
---| "KITH_BUSY" # all reader slots are taken
---| "KITH_READ_ONLY" # a write to what was opened for reading
---| "KITH_INTERRUPTED" # a callback returned false
---| "KITH_EXISTS" # the file is there already
---| "KITH_LIMIT" # a documented limit would be passed

---What a put did.
---@alias kith.change "added" | "updated" | "unchanged" | "ignored"

---Whether a value may link: "plain" is no identifier.
---@alias kith.status "plain" | "live" | "invalid" | "blocked"

---How somebody came to say it: by hand, ...
---@alias kith.origin "manual" | "rule" | "import" | "model"

---A record, or any id ever given out.
---@alias kith.of kith.reference | string[] | string

---A record: {"crm", "1042"} or any table with these fields.
---@class kith.reference
---@field source string
---@field key string

---@class kith.record: kith.reference
---@field number integer of this store only
---@field id string 32 hexadecimal digits, the same in every store
---@field first_seen? integer the earliest time of its versions; nil: only events so far
---@field at? integer the latest
---@field attributes table<string, kith.value> several values of one attribute are a list
---@field values kith.record_value[] the same, with what is known of each

---@class kith.record_value
---@field attribute string
---@field value kith.value
---@field at? integer the version that said it
---@field status kith.status

---@class kith.event
---@field time integer
---@field type string
---@field message_id? string
---@field properties table<string, kith.value>

---A golden value and its provenance.
---@class kith.golden
---@field attribute string
---@field value kith.value
---@field record integer number of the record that said it
---@field source string that record's source
---@field key? string that record's key
---@field at? integer when it said so
---@field status kith.status

---@class kith.property_sum
---@field count integer events whose property is a number
---@field sum number
---@field min number
---@field max number
---@field sum_micros integer exact, in millionths
---@field min_micros integer
---@field max_micros integer
---@field overflow boolean the sum stands at its bound

---@class kith.aggregate
---@field count integer
---@field first? integer
---@field last? integer
---@field properties table<string, kith.property_sum>

---Something that was said: of which record, when, by whom.
---@class kith.said
---@field record? kith.reference
---@field at integer
---@field by? string

---@class kith.tag: kith.said
---@field tag string
---@field value? kith.value
---@field origin kith.origin
---@field confidence integer percent
---@field expires? integer nil: never

---@class kith.old_tag: kith.tag
---@field removed boolean

---@class kith.consent: kith.said
---@field purpose string
---@field channel? string nil: any that isn't listed
---@field granted boolean

---@class kith.points
---@field balance number
---@field balance_micros integer the same in millionths: exact
---@field count integer entries
---@field last integer
---@field overflow boolean the balance stands at its bound

---@class kith.score: kith.said
---@field value number
---@field value_micros integer the same in millionths: exact

---@class kith.tag_options
---@field value? kith.value no list and no table
---@field expires? kith.time it holds before that; nil: until it is removed
---@field confidence? integer percent; 100 if not given
---@field origin? kith.origin "manual" if not given
---@field by? string who says it

---@class kith.untag_options
---@field origin? kith.origin "manual" if not given
---@field by? string

---@class kith.consent_options
---@field channel? string nil: any
---@field by? string

---@class kith.tag_file_options: kith.tag_options
---@field source string whose records the keys name
---@field tag string
---@field at kith.time
---@field key? string the column of keys; recognised by its name if not given
---@field remove? boolean the tag is removed instead
---@field encoding? string as iconv names it
---@field progress? kith.progress_function

---@class kith.tag_report
---@field row_count integer
---@field added_count integer
---@field unchanged_count integer
---@field unknown_count integer rows whose key no record has
---@field first_unknown_line integer
---@field rejected_count integer rows that can't be read
---@field first_rejected_line integer

---@class kith.tag_where_options: kith.tag_options
---@field tag string
---@field at kith.time
---@field now? kith.time when the condition is asked; as `at` if not given
---@field remove? boolean the tag is removed instead
---@field dry_run? boolean nothing is written: the report says what would be
---@field any_name? boolean names that the store doesn't know are fine
---@field json? boolean the condition is the JSON twin
---@field progress? kith.progress_function

---@class kith.tag_where_report
---@field matched_count integer who are meant
---@field added_count integer of them: who were tagged, or lost the tag
---@field unchanged_count integer of them: who had the very same tag already, or none to lose

---@class kith.profile_table
---@field id string
---@field number integer
---@field record_count integer
---@field event_count integer
---@field next_change_at? integer nil: never
---@field computed boolean from the facts just now, as its stored row was dirty or due
---@field pending boolean its large component awaits settle()
---@field attributes table<string, kith.value>
---@field records kith.reference[]
---@field aggregates table<string, kith.aggregate>
---@field tags table<string, kith.tag>
---@field consents kith.consent[]
---@field points table<string, kith.points>
---@field scores table<string, kith.score>
---@field score_values table<string, table<string, kith.value>>
---@field orders kith.orders[]
---@field traits table<string, kith.value>
---@field segments string[]

---What a profile's orders come to, in one of the ways in which scores ask. Days are those of the store's time zone.
---@class kith.orders
---@field event string of this type are orders
---@field amount? string the property that says what they came to
---@field refund? string events that give money back
---@field first? string the first day with an order, as a date; nil: there is none
---@field last? string
---@field order_count integer
---@field day_count integer on which there were some
---@field paid_count integer orders of an amount above 0
---@field refund_count integer
---@field last_gap_days integer between the last two of the days
---@field spent number what the paid orders came to
---@field spent_micros integer the same in millionths
---@field first_spent number of that what was spent on the first day
---@field first_spent_micros integer
---@field refunded number what went back
---@field refunded_micros integer
---@field squares number sum of the squares of the paid amounts
---@field log_gaps number sum of the natural logarithms of the days from one to the next

---The definition of a score.
---@class kith.score_definition
---@field name string
---@field version integer from 1 on, each change and each removal one more
---@field removed boolean with this version
---@field definition table the model, with what was learnt under "fitted"; a null is kith.null
---@field note? string what people say of it
---@field gives "number" | "text" | "date"
---@field at integer when it was defined

---@class kith.score_about
---@field output string expressions ask for it by score('name.output')
---@field gives "number" | "text" | "date"
---@field what string what it says, in words
---@field kept boolean in the rows of profiles: profile:score_values()

---@class kith.score_model
---@field kind string "rules", "tiers", ...
---@field learns boolean it has to be fitted before it says anything
---@field learnt boolean and it was
---@field outputs kith.score_about[]

---@class kith.drift_options
---@field now kith.time when both versions are asked
---@field from_version? integer nil: the one before the other
---@field to_version? integer nil: the one in force
---@field threads? integer the most that work at it; nil: as many as there are processors
---@field progress? kith.progress_function

---@class kith.drift
---@field output string that is compared
---@field from_version integer
---@field to_version integer
---@field customer_count integer of whom at least one of the versions says something
---@field changed_count integer of them those of whom they say otherwise
---@field from_mean number of those of whom it says a number; 0: of nobody
---@field to_mean number
---@field mean_change number the mean size of the difference
---@field stability_index number of the population: below 0.1 little has moved, above 0.25 much

---@class kith.score_options
---@field note? string what people say of it
---@field any_name? boolean names that the store doesn't know are fine

---@class kith.fit_options
---@field now kith.time learns from what was known and had happened by then
---@field where? string | kith.expression a condition: from whom; nil: all customers
---@field holdout_days? integer of a model that foretells: the last days are kept back to be foretold
---@field dry_run? boolean nothing is written: the report says what would be
---@field threads? integer the most that work at it; nil: as many as there are processors
---@field progress? kith.progress_function
---@field definition? table|string the model that is fitted instead of one of the store's, whose name is nil then; nothing is written

---@class kith.fit_report
---@field score? string nil: a definition was given
---@field version integer of the definition, with what was learnt now
---@field change "updated" | "unchanged"
---@field customer_count integer from whom it was learnt
---@field definition table the whole of it, with what was learnt
---@field fitted table what was learnt, with how good it is; a null is kith.null

---@class kith.forecast_options
---@field now kith.time
---@field days? number how far ahead; nil: the score's horizon
---@field share? number of the intervals; nil: .8

---What is to be expected of a customer. Orders of one day are one purchase.
---@class kith.forecast
---@field days number
---@field alive number the chance that the customer still buys here
---@field alive_then number after these days
---@field alive_if_silent number after these days without a purchase
---@field purchases number to be expected in these days
---@field chances number[] of 0, 1 ... 9 purchases, and of 10 or more
---@field next_days? number nil: there is hardly one to come
---@field next_early_days? number
---@field next_late_days? number
---@field order_value? number what a purchase is expected to bring; nil: that isn't known
---@field value? number of all of them, discounted: customer lifetime value
---@field value_low? number
---@field value_high? number
---@field value_error? number the standard error of the value
---@field at_risk? number value * (1 - alive)

---@class kith.control_options
---@field audience integer customers, of whom some are left alone
---@field base_rate number what share of those who are left alone will do it
---@field lift number the least change of that which is worth seeing: .1 is a tenth more
---@field alpha? number the chance to see one where there is none; nil: .05
---@field power? number the chance to see one that there is; nil: .8

---@class kith.control_plan
---@field tells boolean false: such a change can't be told, they are halves
---@field control_count integer
---@field treated_count integer
---@field bucket_count integer bucket('salt', 0, bucket_count) draws such a group
---@field least_lift? number that can be told; nil: none can
---@field why_not? string

---@class kith.score_explanation
---@field score string
---@field kind string
---@field version integer
---@field learnt boolean the model was fitted, or needs not to be
---@field outputs kith.score_output[]
---@field reasons kith.score_reason[]
---@field unit? string of their shares: "log-odds", "points"
---@field next_change_at? integer until then none of it changes with no new fact; nil: never

---@class kith.score_output
---@field output string
---@field value? string as people read it; nil: the model says nothing
---@field what string what it says, in words

---@class kith.score_reason
---@field text string
---@field share? number that it adds to the score

---The definition of a segment or a trait.
---@class kith.definition
---@field kind "segment" | "trait"
---@field name string
---@field version integer from 1 on, each change and each removal one more
---@field removed boolean with this version
---@field expression string in its one form
---@field note? string what people say of it
---@field gives "condition" | "number" | "text" | "date" | "time" | "duration" | "null" | "any"
---@field at integer when it was defined

---@class kith.definition_options
---@field note? string what people say of it
---@field any_name? boolean names that the store doesn't know are fine
---@field json? boolean the text is the JSON twin

---What an expression gives for one profile.
---@class kith.outcome
---@field value? kith.value nil: none; a duration is in microseconds
---@field truth boolean of a condition; of a value: whether there is one
---@field next_change_at? integer when it would be another one with no new fact; nil: never

---@class kith.query_options
---@field where? string | kith.expression nil: every profile
---@field columns? (string | kith.expression)[] | table<string, string | kith.expression> what is asked about each
---@field now kith.time
---@field limit? integer the most profiles; 0, nil: all
---@field sample? integer so many buckets of 10,000, as bucket(salt, 0, sample) takes them; 0, nil: all
---@field salt? string of the sample; "sample" if not given

---@class kith.count_options
---@field sample? integer as of kith.query_options
---@field salt? string

---@class kith.rfm_options
---@field event? string what orders are; if not given: order, purchase or Order Completed, whichever the store has
---@field amount? string their property; if not given: amount, total, revenue or value, the first that the store has
---@field refund? string events that give money back
---@field bins? integer scores from 1 to so many, 2 to 10; 5 if not given
---@field where? string | kith.expression who is compared with one another; nil: everybody
---@field customers? boolean the answer lists each of them
---@field threads? integer the most that work at it; nil: as many as there are processors
---@field progress? kith.progress_function

---Customers of one segment or tier.
---@class kith.rfm_group
---@field name string
---@field customer_count integer
---@field order_count integer
---@field spent number
---@field spent_micros integer the same in millionths
---@field median_days number since the last order
---@field median_orders number
---@field median_spent number
---@field median_spent_micros integer
---@field least_spent? number of a tier: who spent as much is in it, or above
---@field least_spent_micros? integer

---@class kith.rfm_cell
---@field customer_count integer
---@field spent number
---@field spent_micros integer

---@class kith.rfm_customer
---@field id string
---@field number integer
---@field days integer since the last order
---@field order_count integer
---@field spent number
---@field spent_micros integer
---@field r integer
---@field f integer
---@field m integer
---@field segment string
---@field tier string

---How recently (R), how often (F) and for how much (M) customers bought.
---@class kith.rfm
---@field today string the date that days are counted to
---@field event string which were taken
---@field amount string
---@field refund? string
---@field bins integer
---@field customer_count integer who have orders
---@field without_orders_count integer
---@field without_amounts_count integer
---@field order_count integer
---@field spent number
---@field spent_micros integer
---@field segments kith.rfm_group[]
---@field tiers kith.rfm_group[] best first
---@field grid kith.rfm_cell[][] grid[r][f]
---@field day_cuts integer[] up to and with which a score goes
---@field order_cuts integer[]
---@field spent_cuts_micros integer[]
---@field customers? kith.rfm_customer[]

---A profile that is meant.
---@class kith.row
---@field id string
---@field number integer
---@field values kith.value[] | table<string, kith.value> as the columns: in a list kith.null stands for no value

---@class kith.transition
---@field sequence integer from 1 on, without gaps
---@field id string of the profile, at that time
---@field number integer
---@field segment string
---@field entered boolean else it left
---@field cause "fact" | "time" | "definition" | "merge"
---@field at integer

---An entry of a ledger of points.
---@class kith.entry
---@field ledger string
---@field entry string
---@field amount number
---@field amount_micros integer the same in millionths, exact
---@field record kith.reference
---@field at integer
---@field by? string

---@class kith.old_score
---@field score string
---@field value number
---@field value_micros integer
---@field record kith.reference
---@field at integer
---@field by? string

---What happened to a segment in a day, a week or a month of the store's time zone.
---@class kith.period
---@field date string the local one that it begins with
---@field from integer
---@field to integer
---@field entered integer
---@field left integer
---@field redefined integer of both those whom a definition moved
---@field merged integer of those that left: they became part of another profile
---@field members integer at its end

---@class kith.segment_history
---@field begins? integer nil: it wasn't settled yet
---@field settled? integer what came later isn't in it yet
---@field forgotten boolean it begins with what was forgotten last
---@field members integer when it was settled
---@field dirty integer profiles that await a settle
---@field periods kith.period[] without gaps

---@class kith.segment_history_options
---@field by? "day" | "week" | "month"
---@field from? kith.time the first period holds it
---@field to? kith.time the last period begins before it

---@class kith.stay
---@field segment string
---@field id string of the profile then
---@field entered? integer nil: forgotten
---@field entered_by? "fact" | "time" | "definition" | "merge"
---@field left? integer nil: not by the last settle
---@field left_by? "fact" | "time" | "definition" | "merge"

---Why a condition holds, or doesn't.
---@class kith.reason
---@field text string the condition, in its one form
---@field truth boolean
---@field values {text: string, value: string?}[] what stands in it
---@field distance? string how far it is from coming out otherwise, as "2 of 3"
---@field next_change_at? integer
---@field joins? "and" | "or" | "not" | "segment" what its parts are to it
---@field parts kith.reason[]

---A name that an expression asks for.
---@class kith.mention
---@field kind "attribute" | "event" | "property" | "segment" | "tag" | "consent" | "points" | "score" attribute: or a trait
---@field name string

---@class kith.step
---@field kind "link" | "refused" | "blocked" | "generic" | "invalid" | "shared" | "unlinked" | "pending" | "nothing" | "weak" | "uncompared"
---@field path integer steps of one number form one path
---@field a? kith.reference
---@field b? kith.reference
---@field type? string identifier type; "assertion" for a person's decision; "score" for what the match model weighs
---@field value? string the identifier's value; who decided
---@field rule? string "unlink", "source", "unique", "limit", "veto", "cohesion", "contradiction" or "ambiguous"
---@field detail? string what broke the rule, such as the attribute and both values, or the source; of a score that none refused its bits
---@field clash_a? kith.reference of a veto: the record of a's cluster that says the first value
---@field clash_b? kith.reference and the one of b's cluster that says the second
---@field bits? number of a score: what a and b have
---@field bits_needed? number and what a link needs

---@class kith.rival_bits
---@field stranger number against two strangers who agree by chance
---@field relative number against two relatives, who share a surname, an address, a telephone

---@class kith.comparison
---@field name string "name", "birth_date", ...
---@field kind string how it compares: "name", "date", "address", "text", "category", "email", "phone", "code", "number", "geo"
---@field level integer 0: one of the two says nothing; 1: they differ
---@field level_name string "missing" or "says nothing" (level 0), "different", ..., "equal"
---@field value_a? string what the records say
---@field value_b? string
---@field bits kith.rival_bits how much more likely the level is for one person than for two
---@field frequency_bits number added against a stranger, as what both share is rare or common

---@class kith.pair
---@field a kith.reference
---@field b kith.reference
---@field model_version integer
---@field comparisons kith.comparison[]
---@field prior kith.rival_bits before anything is compared
---@field sum kith.rival_bits the prior and all comparisons
---@field rival "stranger" | "relative" against which the sum is less
---@field bits number that sum: the weight of the pair
---@field link_at number with so many bits and more two records are linked
---@field known_at number and they speak for uniting their clusters
---@field keep_at number and a person may look at them
---@field links boolean bits >= link_at
---@field kept boolean the store compared them, and they have keep_at and more

---@class kith.blame
---@field link? kith.step the weakest link without which the profile falls apart; nil: no single one holds it
---@field complete boolean all links were tried that had to be
---@field parts kith.reference[][] what the profile falls into

---@class kith.review_options
---@field limit? integer how many pairs to give, at most; if not given 20, with `suggest` 10
---@field suggest? boolean those whose decision would teach most, not the likeliest

---@class kith.review_pair
---@field a kith.reference
---@field b kith.reference
---@field profile_a string id
---@field profile_b string
---@field bits number
---@field reason "doubtful" | "refused" too few bits to link; or enough, but a rule refused it
---@field rule? string "cohesion", "contradiction", "ambiguous", "unique", "limit", "veto" or "source"; nil: doubtful
---@field detail? string the attribute, or the source, that the rule is about
---@field alike_count integer of a suggestion: pairs of the queue whose values agree as these do

---@class kith.review
---@field model_version integer 0: there is none, so nothing is weighed
---@field keep_at_bits number pairs of fewer bits are not kept
---@field link_at_bits number pairs of so many are linked, unless a rule refuses
---@field waiting_count integer pairs of records in the whole queue
---@field pairs kith.review_pair[]

---@class kith.hit
---@field id string of the profile
---@field record kith.reference its record that is most like what is asked for
---@field bits number that record's weight
---@field likely boolean the weight is that of a link, which a rule may still refuse
---@field identifier? string the type of an identifier asked for that the profile has

---@class kith.found
---@field hits kith.hit[] the best first
---@field compared_count integer records that were compared
---@field partial boolean too many have something in common with what is asked for, and not all were compared
---@field unread string[] attributes that made no difference: not compared, or not of their type's form

---A match model at a glance: what store:resolve() learnt of a store's records. Weights are logarithms to the base of 2:
---one bit more doubles the odds.
---@class kith.model_info
---@field version integer from 1 on; none is ever changed
---@field in_force boolean the greatest version is
---@field configured boolean it compares and decides as one would that were learnt now, under the definitions in force
---@field given boolean by the option model, not learnt here: store:resolve() learns anew only if asked
---@field record_count integer it was learnt from
---@field match_count integer pairs of them that are thought to be one person
---@field prior_bits number how many pairs are one person to how many are strangers
---@field relative_prior_bits number to how many are relatives
---@field link_at_bits number a pair of this sum, or more, links
---@field known_at_bits number speaks for uniting two clusters, where another pair links them
---@field review_at_bits number is kept, for a person to look at
---@field cohesion number the least share of the cross pairs of two clusters that must speak for it, 0 to 1
---@field block_cap integer what so many records have in common proposes no pair
---@field comparison_count integer
---@field block_rule_count integer

---A whole model.
---@class kith.model: kith.model_info
---@field comparisons kith.model_comparison[]
---@field block_rules kith.model_block_rule[] of what block keys are made: records are compared that have one in common

---@class kith.model_block_rule
---@field name string "word+year": of a word of a name and a year; "email", ...
---@field weak boolean many strangers have such a key in common: in a large store two records need two

---@class kith.model_comparison
---@field name string "name", "birth_date", ...
---@field kind string how it compares: "name", "date", "address", "text", "category", "email", "phone", "code", "number", "geo"
---@field attributes string[] what it compares
---@field levels table<integer, kith.model_level> by their numbers: 0 is "missing", 1 "different"; ipairs leaves 0 out
---@field seen boolean in the records it was learnt from; else each level is taken to be as likely
---@field term_count integer values whose frequency is known each by itself

---A level of likeness.
---@class kith.model_level
---@field name string
---@field m number how likely it is for two records of one person, 0 to 1
---@field u number for two of strangers
---@field relative_u number for two of relatives
---@field bits number its weight against strangers; 0 for level 0
---@field relative_bits number and against relatives

---What differs between two models.
---@class kith.model_change
---@field kind "prior" | "threshold" | "comparison" | "level" | "blocks" a level's weight differs by more than half a bit, priors and thresholds by any amount; only one has the comparison, or the block rule
---@field name string of a comparison or level the comparison; of a block rule its own; else "prior", "relative_prior", "link_at", "known_at", "review_at", "cohesion", "block_cap"
---@field level? string the name of the level
---@field relative boolean of a level: it is the weight against relatives
---@field has_before boolean of a comparison or block rule: which model has it; else both
---@field has_after boolean
---@field before? number bits; of the cohesion a share, of the cap a count; nil: only one has it
---@field after? number

---@class kith.explanation
---@field same boolean whether the records are of one profile
---@field steps kith.step[]

---@class kith.settled
---@field settled_count integer
---@field packed_count integer
---@field remaining_count integer 0: all is settled

---@class kith.resolve_options
---@field train? boolean learn a new match model, also where there is one
---@field threads? integer 0: one for each processor; what comes out is the same for any
---@field model? string put this match model in force as the next version instead of learning one; JSON, as txn:export_model() gives it in any store
---@field progress? kith.progress_function

---@class kith.resolved
---@field record_count integer
---@field compared_count integer pairs of records that share a block
---@field scored_count integer of them those that weigh enough to be kept
---@field model_version integer of the match model in force
---@field trained boolean it was learnt just now
---@field settled kith.settled

---@class kith.progress
---@field phase string
---@field done integer
---@field total integer 0 where it isn't known
---@field rows integer

---Return false to stop the work.
---@alias kith.progress_function fun(progress: kith.progress): boolean?

---@class kith.open_options
---@field create? boolean create the store where there is none
---@field create_new? boolean create it, and refuse where there is one
---@field read_only? boolean
---@field network? boolean allow a network file system
---@field map_size_bytes? integer the largest the file can grow to; if not given 64 GiB, or the larger size it was last written with
---@field max_readers? integer reader slots over all processes; 254 if not given
---@field config? string for a new store: JSON definitions over the preset

---@class kith.care_options
---@field progress? kith.progress_function

---@class kith.reject
---@field reason string
---@field line integer
---@field detail? string
---@field text string the row as it stood, cut after 64 KiB

---@class kith.import_options
---@field source string
---@field now kith.time version of records with no time of their own
---@field format? "auto" | "csv" | "jsonl" | "segment"
---@field key? string the key column; recognised by its name if not given
---@field map? string "column=attribute,..."; "column=" leaves a column out
---@field event? string rows are events of this type on the record that the key names
---@field time? string the column of the time; without a zone it is UTC
---@field message_id? string the column that numbers the events: one that is told again counts once
---@field dates? "dmy" | "mdy" which comes first, day or month, where a date's numbers allow both
---@field encoding? string as iconv names it
---@field rejects? string path of a file for rejected rows
---@field batch_count? integer facts a transaction; 10,000 if not given
---@field settle? boolean settle what was imported, at `now`
---@field progress? kith.progress_function
---@field on_reject? fun(reject: kith.reject): boolean? told of each rejected row; return false to stop

---@class kith.fact_counts
---@field added integer
---@field updated integer
---@field unchanged integer
---@field ignored integer

---@class kith.import_report
---@field row_count integer
---@field added_count integer
---@field updated_count integer
---@field unchanged_count integer
---@field ignored_count integer
---@field rejected_count integer
---@field rejected_by_reason table<string, integer>
---@field invalid_value_count integer identifier and date values that were kept as text
---@field settled_count integer
---@field format string
---@field encoding string
---@field key string the key column used
---@field columns { column: string, attribute?: string }[] the mapping used; no attribute: left out
---@field records kith.fact_counts
---@field events kith.fact_counts
---@field links kith.fact_counts
---@field non_numbers { column: string, value_count: integer, first_line: integer }[] values that should be numbers and are none
---@field mixed_dates { column: string, month_first: boolean, either_count: integer, first_either_line: integer, other_count: integer, first_other_line: integer }[] columns whose dates seem to be written in two orders
---@field tied_count integer rows that differ from another version of the same key and time
---@field first_tied_line integer
---@field generic_count integer identifier values that became generic: they link nobody any more
---@field generic_values { type: string, value: string, record_count: integer }[] the first of them
---@field future_row_count integer rows dated after `now`
---@field first_future_line integer
---@field source_column? string a column that seems to name the source of each row, and holds several
---@field source_value_count integer
---@field unmapped_value_count integer left out: beyond the first 1,000 names of JSON members, or the store's room for attributes
---@field wrong_option? string after a failure: the option to mend

---@class kith.quality
---@field precision number
---@field recall number
---@field f1 number

---@class kith.curve_point
---@field threshold_bits number
---@field pair_count integer scored pairs of so many bits or more
---@field right_pair_count integer of them true ones
---@field quality kith.quality

---@class kith.wrong_record: kith.reference
---@field entity string

---@class kith.evaluation
---@field record_count integer
---@field missing_count integer of the truth that the store hasn't
---@field entity_count integer
---@field profile_count integer
---@field true_pair_count integer
---@field found_pair_count integer
---@field right_pair_count integer
---@field over_merge_count integer
---@field under_merge_count integer
---@field pairwise kith.quality
---@field bcubed kith.quality
---@field over_merges { a: kith.wrong_record, b: kith.wrong_record }[] at most 1,000
---@field under_merges { a: kith.wrong_record, b: kith.wrong_record }[] at most 1,000
---@field model_version integer 0: there is none, and no curve
---@field link_at_bits number the threshold in force
---@field unscored_pair_count integer true pairs that the match model knows nothing of
---@field curve kith.curve_point[] what linking all scored pairs from a threshold on would find

---@class kith.audit_options
---@field share? number of the records that are copied, 0 to 1; 0.005 if not given
---@field progress? kith.progress_function

---@class kith.audit_count
---@field copy_count integer
---@field found_count integer of them those that would be linked to their original's profile
---@field link_count integer profiles that they would be linked to, of all copies
---@field right_count integer of these the original's
---@field quality kith.quality of nothing it is 1: where link_count is 0 the precision, where copy_count is 0 the recall

---@class kith.audit_error: kith.audit_count
---@field name string "typing error", "value missing", ...

---@class kith.audit_attribute
---@field attribute string
---@field record_count integer that have it
---@field value_count integer
---@field distinct_count integer
---@field top_count integer how often the most frequent value is there
---@field top_value? string it, in lower case; nil: less than a hundredth of all
---@field completeness number record_count of all records
---@field uniqueness number distinct_count of value_count

---@class kith.audit
---@field model_version integer
---@field record_count integer
---@field all kith.audit_count
---@field identified_count integer copies that still share an identifier with their original
---@field compared_count integer records that copies were compared with
---@field errors kith.audit_error[] by kind of error
---@field attributes kith.audit_attribute[]
---@field unlinkable_count integer records that say too little: even their like is no link
---@field block_cap integer
---@field block_count integer values of block keys
---@field dropped_block_count integer of more records than the cap
---@field largest_block_count integer records of the largest

---@class kith.stat
---@field record_count integer
---@field profile_count integer
---@field event_count integer
---@field assertion_count integer decisions of people on links
---@field mark_count integer tags, removals of tags, consents, points and scores
---@field identifier_count integer
---@field link_count integer
---@field refused_link_count integer
---@field generic_value_count integer
---@field dirty_profile_count integer
---@field pending_record_count integer
---@field landed_event_count integer
---@field source_count integer
---@field attribute_count integer
---@field event_type_count integer
---@field file_bytes integer
---@field used_bytes integer
---@field map_bytes integer
---@field format_version integer
---@field reader_count integer

---Opens the store in a file, by default an existing one for reading and writing.
---@param path string
---@param options? kith.open_options
---@return kith.store? store
---@return string? message
---@return kith.code? code
---@return integer? position in the config, for KITH_INVALID
function kith.open(path, options) end

---Checks the structure of a store's file that nobody writes to.
---@param path string
---@param options? kith.care_options
---@return integer? problem_count 0: the structure is sound
---@return string[] | string problems the first 1,000, as text; or the message
---@return kith.code? code
function kith.check(path, options) end

---Reads an expression of the segment language and checks it.
---@param text string
---@param options? kith.expression_options
---@return kith.expression? expression
---@return string? message what was expected, or likely meant
---@return kith.code? code
---@return integer? position bytes before what is wrong, from 0 on; nil: in JSON, whose path the message has
function kith.expression(text, options) end

---How many of an audience are to be left alone, so that a change can be told.
---@param options kith.control_options
---@return kith.control_plan? plan
---@return string? message
---@return kith.code? code
function kith.control_group(options) end

---Reads a time: RFC 3339, a date, or Unix seconds, milliseconds or microseconds told apart by size.
---Without a zone it is UTC; digits that are a Unix time before 1973-03 are refused.
---@param text string
---@return integer? time
---@return string? message
---@return kith.code? code
function kith.parse_time(text) end

---Reads a date in any usual form and writes it as YYYY-MM-DD.
---@param text string
---@return string? date
---@return string? message
---@return kith.code? code
function kith.parse_date(text) end

---Writes a time as RFC 3339 in UTC.
---@param time kith.time
---@return string
function kith.format_time(time) end

---An open store. Lua 5.4 closes a `local store <close>` at the end of its block.
---@class kith.store
local store = {}

---Closes the store; once is enough. The file stays open until the last of its transactions has ended.
function store:close() end

---Begins a transaction: for reading, or for writing. A writer waits for the one before it.
---@param write? boolean
---@return kith.txn? txn
---@return string? message
---@return kith.code? code
function store:begin(write) end

---Runs fn(txn) in a read transaction. Gives what fn returns, or true.
---@param fn fun(txn: kith.txn): ...
---@return any ...
function store:read(fn) end

---Runs fn(txn) in a write transaction: commits when fn returns, aborts when it raises, and raises that again.
---fn may end the transaction itself. Gives what fn returns, or true.
---@param fn fun(txn: kith.txn): ...
---@return any ...
function store:write(fn) end

---Imports a file; "-" is standard input. An import that was stopped gives its report as the fourth result.
---@param path string
---@param options kith.import_options
---@return kith.import_report? report
---@return string? message
---@return kith.code? code
---@return kith.import_report? report_so_far
function store:import(path, options) end

---Tags the record of each row of a CSV file, or removes the tag, in transactions of a limited number of rows.
---@param path string
---@param options kith.tag_file_options
---@return kith.tag_report? report
---@return string? message
---@return kith.code? code
---@return kith.tag_report? report_so_far
function store:tag_file(path, options) end

---Tags everybody whom a condition means, or removes the tag, in transactions of a limited number. Who has the very same
---tag already is left as it is.
---@param where string | kith.expression
---@param options kith.tag_where_options
---@return kith.tag_where_report? report
---@return string? message
---@return kith.code? code
---@return integer | kith.tag_where_report | nil position in the condition; or, once who is meant is known, the report so far
function store:tag_where(where, options) end

---Lets a score's model learn from the customers, and puts what was learnt into a new version of its definition. What it
---knew before stays where these customers don't tell.
---@param name? string nil: options.definition is fitted
---@param options kith.fit_options
---@return kith.fit_report? report
---@return string? message
---@return kith.code? code
---@return integer? position in the condition
function store:fit_score(name, options) end

---Writes what the store holds, piece by piece; profiles with their traits, scores and segments. The writer returns
---false to stop.
---@param what "records" | "events" | "profiles" | "clusters"
---@param format "csv" | "jsonl" | "arrow" arrow: the IPC stream format, in chunks of bytes
---@param now kith.time
---@param writer fun(piece: string): boolean?
---@return true? ok
---@return string? message
---@return kith.code? code
function store:export(what, format, now, writer) end

---Settles in write transactions of its own, of a limited number of profiles each.
---@param now kith.time
---@param budget? integer the most profiles to settle; 0: all
---@param options? kith.care_options its progress may be told within a transaction, and doesn't use the store
---@return kith.settled? settled
---@return string? message
---@return kith.code? code
function store:settle(now, budget, options) end

---Links records that share no identifier but are likely one customer, and settles. The first time, or with `train`,
---it learns a match model of the store's own records; from then on each commit compares what it writes in the same way.
---KITH_INVALID tells what is wrong with the `model` of the options, or that `train` is given beside it.
---@param now kith.time
---@param options? kith.resolve_options
---@return kith.resolved? resolved
---@return string? message
---@return kith.code? code
---@return integer? position in the model, where its text is no JSON or something in it is wrong
function store:resolve(now, options) end

---Rebuilds all that is derived from the facts and compares it with what is stored. It takes the file's structure as
---sound: where damage is likely run kith.check first.
---@param now kith.time
---@param options? kith.care_options
---@return integer? problem_count 0: everything derived is right
---@return string[] | string problems the first 1,000, as text; or the message
---@return kith.code? code
function store:verify(now, options) end

---Writes a compact copy of the store to a new file.
---@param path string
---@param options? kith.care_options
---@return true? ok
---@return string? message
---@return kith.code? code
function store:backup(path, options) end

---Compares the profiles with a CSV file of columns source, key, entity.
---@param truth string path
---@param options? kith.care_options
---@return kith.evaluation? evaluation
---@return string? message
---@return kith.code? code
function store:evaluate(truth, options) end

---How good the match model is on this very data: plants corrupted copies of some records in memory, and looks which
---it would link to their originals. Writes nothing. KITH_NOT_FOUND where the store has no match model yet.
---@param options? kith.audit_options
---@return kith.audit? audit
---@return string? message
---@return kith.code? code
function store:audit(options) end

---Counts and sizes.
---@return kith.stat? stat
---@return string? message
---@return kith.code? code
function store:stat() end

---The definitions in force, as JSON text.
---@return string? json
---@return string? message
---@return kith.code? code
function store:config() end

---Adds definitions, or overrides some, in a write transaction of its own.
---@param json string
---@return true? ok
---@return string? message
---@return kith.code? code
---@return integer? position
function store:apply_config(json) end

---A transaction: one snapshot of the store. Lua 5.4 aborts a `local txn <close>` that is still open.
---@class kith.txn
local txn = {}

---Ends the transaction. After true everything is on disk; otherwise nothing of it is in the store.
---@return true? ok
---@return string? message
---@return kith.code? code
function txn:commit() end

---Ends the transaction without writing; once is enough.
function txn:abort() end

---Lets go of a read transaction's snapshot. Then renew it, or abort.
function txn:reset() end

---Takes a new snapshot for a read transaction that was reset.
---@return true? ok
---@return string? message
---@return kith.code? code
function txn:renew() end

---Puts a record: what it holds replaces whatever older versions said.
---@param source string
---@param key string
---@param attributes table<string, kith.value> a list gives several values
---@param at kith.time when the source said so
---@return kith.change? change
---@return string? message
---@return kith.code? code
function txn:put(source, key, attributes, at) end

---Patches a record: the attributes given replace theirs, kith.null and "" remove them, the others stay.
---@param source string
---@param key string
---@param attributes table<string, kith.value>
---@param at kith.time
---@return kith.change? change
---@return string? message
---@return kith.code? code
function txn:patch(source, key, attributes, at) end

---Adds values to attributes: what they hold stays beside them.
---@param source string
---@param key string
---@param attributes table<string, kith.value>
---@param at kith.time
---@return kith.change? change
---@return string? message
---@return kith.code? code
function txn:add(source, key, attributes, at) end

---Puts an event on a record. A second copy changes nothing.
---@param source string
---@param key string
---@param type string
---@param time kith.time
---@param properties? table<string, kith.value>
---@param message_id? string
---@return kith.change? change
---@return string? message
---@return kith.code? code
function txn:event(source, key, type, time, properties, message_id) end

---A person's decision that two records are one customer.
---@param a kith.reference | string[]
---@param b kith.reference | string[]
---@param by string who decided
---@param at kith.time
---@return kith.change? change
---@return string? message
---@return kith.code? code
function txn:link(a, b, by, at) end

---A person's decision that they are not.
---@param a kith.reference | string[]
---@param b kith.reference | string[]
---@param by string
---@param at kith.time
---@return kith.change? change
---@return string? message
---@return kith.code? code
function txn:unlink(a, b, by, at) end

---Tags a record. What is said last of a tag at the records of a profile stands, also after it expired.
---@param of kith.of
---@param tag string
---@param at kith.time
---@param options? kith.tag_options
---@return kith.change? change
---@return string? message
---@return kith.code? code
function txn:tag(of, tag, at, options) end

---Says that a tag was removed, whichever record of the profile it hangs on.
---@param of kith.of
---@param tag string
---@param at kith.time
---@param options? kith.untag_options
---@return kith.change? change
---@return string? message
---@return kith.code? code
function txn:untag(of, tag, at, options) end

---Puts a consent, granted or withdrawn.
---@param of kith.of
---@param purpose string
---@param granted boolean
---@param at kith.time
---@param options? kith.consent_options
---@return kith.change? change
---@return string? message
---@return kith.code? code
function txn:consent(of, purpose, granted, at, options) end

---Puts an entry into a ledger of points. An entry of one id counts once for a record.
---@param of kith.of
---@param ledger string
---@param entry string its id
---@param amount number of at most six decimals; below zero: redeemed
---@param at kith.time
---@param by? string
---@return kith.change? change
---@return string? message
---@return kith.code? code
function txn:points(of, ledger, entry, amount, at, by) end

---Puts a score that another system computed; the latest stands.
---@param of kith.of
---@param score string
---@param value number of at most six decimals
---@param at kith.time
---@param by? string
---@return kith.change? change
---@return string? message
---@return kith.code? code
function txn:score(of, score, value, at, by) end

---Defines a segment by a condition, or a new version of it. What is refused is KITH_INVALID, and the transaction goes
---on without it.
---@param name string
---@param expression string | kith.expression
---@param at kith.time
---@param options? kith.definition_options
---@return kith.change? change
---@return string? message
---@return kith.code? code
---@return integer? position in the expression
function txn:put_segment(name, expression, at, options) end

---Defines a trait, a value that each profile has and expressions ask for by its name.
---@param name string
---@param expression string | kith.expression
---@param at kith.time
---@param options? kith.definition_options
---@return kith.change? change
---@return string? message
---@return kith.code? code
---@return integer? position in the expression
function txn:put_trait(name, expression, at, options) end

---Removes a segment, which no other may ask for. Its versions stay.
---@param name string
---@param at kith.time
---@return true? ok
---@return string? message
---@return kith.code? code
function txn:remove_segment(name, at) end

---@param name string
---@param at kith.time
---@return true? ok
---@return string? message
---@return kith.code? code
function txn:remove_trait(name, at) end

---The definition of a segment; the message of KITH_NOT_FOUND says what was likely meant.
---@param name string
---@param version? integer if not given, or 0, the one in force
---@return kith.definition? definition
---@return string? message
---@return kith.code? code
function txn:segment(name, version) end

---@param name string
---@param version? integer
---@return kith.definition? definition
---@return string? message
---@return kith.code? code
function txn:trait(name, version) end

---The segments in force, in order of their first definition.
---@return kith.definition[]
function txn:segments() end

---The traits in force.
---@return kith.definition[]
function txn:traits() end

---What a definition in force asks for, each name once.
---@param kind "segment" | "trait" | "score"
---@param name string
---@return kith.mention[]? mentions
---@return string? message
---@return kith.code? code
function txn:mentions(kind, name) end

---Defines a score, a model with a name, or a new version of it. Expressions ask for it by score('name') and
---score('name.output'). What was learnt stays as long as the settings do.
---@param name string
---@param definition table | string {kind = ..., and its settings}, or JSON text of it
---@param at kith.time
---@param options? kith.score_options
---@return kith.change? change
---@return string? message with the line and the column in the JSON
---@return kith.code? code
---@return integer? position in the JSON
function txn:define_score(name, definition, at, options) end

---Removes a score, which no definition may ask for any more. Its versions stay.
---@param name string
---@param at kith.time
---@return true? done
---@return string? message
---@return kith.code? code
function txn:remove_score(name, at) end

---The definition of a score, in force or of a version that it had.
---@param name string
---@param version? integer
---@return kith.score_definition? definition
---@return string? message
---@return kith.code? code
function txn:score_definition(name, version) end

---The scores in force, in order of their first definition.
---@return kith.score_definition[]
function txn:score_definitions() end

---The model of a score in force.
---@param name string
---@return kith.score_model? model
---@return string? message
---@return kith.code? code
function txn:score_model(name) end

---Compares what two versions of a score say of all customers.
---@param name string
---@param options kith.drift_options
---@return kith.drift? drift
---@return string? message
---@return kith.code? code
function txn:score_drift(name, options) end

---Iterates over the profiles that an expression means, by their numbers. Expressions are looked up in the store as it
---is now. What is wrong with one gives nil and a message.
---@param options kith.query_options
---@return fun(): kith.row?
function txn:query(options) end

---How many profiles an expression means; nil: all.
---@param where string | kith.expression | nil
---@param now kith.time
---@param options? kith.count_options
---@return integer? count
---@return string? message
---@return kith.code? code
---@return integer? position in the expression
function txn:count(where, now, options) end

---Of each two of a list of conditions (1 to 64), how many profiles both of them mean: rows of counts; the diagonal has
---those of one alone.
---@param conditions (string | kith.expression)[]
---@param now kith.time
---@return integer[][]? counts
---@return string? message
---@return kith.code? code
---@return integer? position in the expression
function txn:overlap(conditions, now) end

---Scores customers by how recently, how often and for how much they bought.
---@param now kith.time
---@param options? kith.rfm_options
---@return kith.rfm? found
---@return string? message
---@return kith.code? code
---@return integer? position in the expression
function txn:rfm(now, options) end

---@class kith.baskets_options
---@field event? string events in which something is bought; nil: order, purchase or Order Completed, whichever there is
---@field item? string their property that says what; nil: sku, item, product_id or product, whichever there is
---@field order? string the property that tells orders apart; nil: their times do
---@field now kith.time
---@field from? kith.time events with from <= time < to count
---@field to? kith.time
---@field where? string|kith.expression of whom; nil: of everybody
---@field memory_bytes? integer the most for what is kept; 0, nil: 1 GiB
---@field threads? integer 0, nil: as many as there are processors
---@field progress? fun(progress: kith.progress): boolean? false stops it

---Reads what customers bought together, each customer once.
---@param options kith.baskets_options
---@return kith.baskets? baskets it outlives the transaction
---@return string? message
---@return kith.code? code
function txn:baskets(options) end

---What customers bought together. It never changes.
---@class kith.baskets
local baskets = {}

---@return {customer_count: integer, basket_count: integer, item_count: integer, line_count: integer, left_out_count: integer}
function baskets:summary() end

---@class kith.basket_item
---@field item string
---@field basket_count integer
---@field customer_count integer
---@field again_count integer customers who have it in more than one basket
---@field repeat_share number of the baskets behind a customer's first one with it, how many have it again

---@return kith.basket_item[] items by name
function baskets:items() end

---@param name string
---@return kith.basket_item? item
function baskets:item(name) end

---@class kith.rules_options
---@field min_support? number 0.01
---@field min_count? integer baskets instead
---@field min_confidence? number 0.2
---@field min_lift? number
---@field max_p? number 1
---@field max_items? integer 5
---@field max_consequent? integer 1
---@field redundant? boolean
---@field by? "lift"|"confidence"|"support"|"leverage"
---@field limit? integer
---@field memory_bytes? integer
---@field threads? integer
---@field progress? fun(progress: kith.progress): boolean?

---@class kith.rule
---@field antecedent string[]
---@field consequent string[]
---@field antecedent_baskets integer
---@field consequent_baskets integer
---@field both_baskets integer
---@field support number
---@field confidence number
---@field lift number
---@field lift_low number
---@field lift_high number
---@field leverage number
---@field conviction? number nil where it is infinite:
---@field always boolean each basket with the antecedent has the consequent
---@field p number

---The association rules.
---@param options? kith.rules_options
---@return {basket_count: integer, min_count: integer, item_count: integer, itemset_count: integer, rule_count: integer, redundant_count: integer, rules: kith.rule[]}? found
---@return string? message
---@return kith.code? code
function baskets:rules(options) end

---@class kith.similar_options
---@field items? string[] of which; nil: all, or
---@field customer? kith.profile of what a customer has bought
---@field by? "cosine"|"ratio"
---@field limit? integer of each; 10
---@field min_customers? integer 2
---@field memory_bytes? integer
---@field threads? integer
---@field progress? fun(progress: kith.progress): boolean?

---The items that the same customers buy.
---@param options? kith.similar_options
---@return kith.similar? similar
---@return string? message
---@return kith.code? code
function baskets:similar(options) end

---@class kith.similar
local similar = {}

---@class kith.similar_pair
---@field item string
---@field other string
---@field item_customers integer
---@field other_customers integer
---@field both_customers integer
---@field later_customers integer of both: the other one for the first time in a later basket
---@field cosine number
---@field likelihood_ratio number

---@return kith.similar_pair[] pairs of one item after the other, the most alike first
function similar:pairs() end

---@class kith.recommend_options
---@field customer? kith.profile
---@field items? string[] that lie in the basket at hand
---@field limit? integer of each kind; 10
---@field reasons? integer of a new one; 3

---@class kith.recommendation
---@field item string
---@field kind "repeat"|"new"
---@field score number
---@field basket_count? integer of a repeat
---@field later_count? integer of a repeat
---@field reasons? {item: string, part: number}[] of a new one

---What a customer is likely to buy next: repeats, then new ones, the highest score first.
---@param options? kith.recommend_options
---@return kith.recommendation[]? recommendations
---@return string? message
---@return kith.code? code
function similar:recommend(options) end

---How many profiles have each tag.
---@param now kith.time
---@return table<string, integer>? counts
---@return string? message
---@return kith.code? code
function txn:tag_counts(now) end

---Iterates over who entered and left segments. settle() writes it: who keeps the last sequence acts on each once. As
---all iterators it ends when the transaction writes.
---@param since? integer the sequence that it begins after
---@param limit? integer the most to give; 0, nil: all
---@return fun(): kith.transition?
function txn:transitions(since, limit) end

---Forgets the transitions up to a sequence, that one too. Gives how many.
---@param sequence integer
---@return integer? count
---@return string? message
---@return kith.code? code
function txn:trim_transitions(sequence) end

---The size of a segment over time, by the transitions that are kept.
---@param name string
---@param options? kith.segment_history_options
---@return kith.segment_history? history
---@return string? message
---@return kith.code? code
function txn:segment_history(name, options) end

---A record by its source and key, or by its number.
---@param source string | integer
---@param key? string
---@return kith.record? record
---@return string? message
---@return kith.code? code
function txn:record(source, key) end

---Who has this identifier? The second result says how many profiles share it.
---@param type string
---@param value string
---@param now kith.time
---@return kith.profile? profile
---@return integer | string count or the message
---@return kith.code? code
function txn:find(type, value, now) end

---The ids of all profiles that have this identifier.
---@param type string
---@param value string
---@return string[]? ids
---@return string? message
---@return kith.code? code
function txn:find_ids(type, value) end

---The profile that an id, any ever given out, belongs to now.
---@param id string
---@param now kith.time
---@return kith.profile? profile
---@return string? message
---@return kith.code? code
function txn:get(id, now) end

---The profile of a record.
---@param source string
---@param key string
---@param now kith.time
---@return kith.profile? profile
---@return string? message
---@return kith.code? code
function txn:profile_of(source, key, now) end

---The id of the profile of a record; cheaper than the whole profile.
---@param source string
---@param key string
---@return string? id
---@return string? message
---@return kith.code? code
function txn:profile_id(source, key) end

---Iterates over all profiles. Each ends when the loop goes on.
---@param now kith.time
---@return fun(): kith.profile?
function txn:profiles(now) end

---Iterates over all records.
---@return fun(): kith.record?
function txn:records() end

---Iterates over the events of a record with from <= time < to. An unknown record gives nil and a message.
---@param source string
---@param key string
---@param from? kith.time
---@param to? kith.time
---@return fun(): kith.event?
function txn:events(source, key, from, to) end

---Why two records are one customer, or why not.
---@param a kith.reference | string[]
---@param b kith.reference | string[]
---@return kith.explanation? explanation
---@return string? message
---@return kith.code? code
function txn:why(a, b) end

---Two records in bits: each comparison of the match model, and what it comes to.
---KITH_NOT_FOUND also where the store has no match model yet ('kith resolve' learns one).
---@param a kith.reference | string[]
---@param b kith.reference | string[]
---@return kith.pair? pair
---@return string? message
---@return kith.code? code
function txn:pair(a, b) end

---The weakest link that holds the profile of a record together, and what would split without it.
---@param source string|kith.reference a source and a key, or both in a table, as pair() takes them
---@param key? string
---@return kith.blame? blame
---@return string? message
---@return kith.code? code
function txn:blame(source, key) end

---The pairs that a person should decide on by link() or unlink(), the likeliest first.
---@param options? kith.review_options
---@return kith.review? review
---@return string? message
---@return kith.code? code
function txn:review(options) end

---The profiles that are most like what is known of a customer, the best first. KITH_NOT_FOUND where the store has no
---match model yet, KITH_INVALID where there is too little to search by.
---@param attributes table<string, kith.value>
---@param limit? integer the most profiles to give; 10 if not given
---@return kith.found? found
---@return string? message
---@return kith.code? code
function txn:search(attributes, limit) end

---The match models that the store has had, the oldest first; the last is in force. Empty before the first resolve.
---@return kith.model_info[]? models
---@return string? message
---@return kith.code? code
function txn:models() end

---A match model with its comparisons. KITH_NOT_FOUND where there is no such version, or no model yet.
---@param version? integer if not given, or 0, the one in force
---@return kith.model? model
---@return string? message
---@return kith.code? code
function txn:model(version) end

---A match model as JSON text: all that store:resolve() needs to put it in force, in this store or another.
---KITH_NOT_FOUND where there is no such version, or no model yet.
---@param version? integer if not given, or 0, the one in force
---@return string? json
---@return string? message
---@return kith.code? code
function txn:export_model(version) end

---What differs between two versions of the match model. KITH_NOT_FOUND where there is no such version.
---@param before integer 0: the one in force
---@param after? integer if not given, or 0, the one in force
---@return kith.model_change[]? changes
---@return string? message
---@return kith.code? code
function txn:compare_models(before, after) end

---How the profile of a record came to be: the unions in their order, then the refused links.
---@param source string|kith.reference a source and a key, or both in a table, as pair() takes them
---@param key? string
---@return kith.explanation? explanation
---@return string? message
---@return kith.code? code
function txn:how(source, key) end

---Counts and sizes.
---@return kith.stat? stat
---@return string? message
---@return kith.code? code
function txn:stat() end

---Settles within this write transaction.
---@param now kith.time
---@param budget? integer
---@return kith.settled? settled
---@return string? message
---@return kith.code? code
function txn:settle(now, budget) end

---The definitions in force, as JSON text.
---@return string? json
---@return string? message
---@return kith.code? code
function txn:config() end

---Adds definitions, or overrides some, within this write transaction.
---@param json string
---@return true? ok
---@return string? message
---@return kith.code? code
---@return integer? position
function txn:apply_config(json) end

---A unified customer. It ends with its transaction, and when that is reset or writes.
---@class kith.profile
local profile = {}

---32 hexadecimal digits, stable.
---@return string
function profile:id() end

---The golden value of an attribute; the first of several.
---@param name string
---@return kith.value? value
---@return string? message
---@return kith.code? code
function profile:value(name) end

---The same with its provenance.
---@param name string
---@return kith.golden? golden
---@return string? message
---@return kith.code? code
function profile:golden(name) end

---All golden values, in order of the attributes' definition.
---@return kith.golden[]
function profile:values() end

---@return kith.reference[]
function profile:records() end

---The aggregate of one event type.
---@param type string
---@return kith.aggregate? aggregate
---@return string? message
---@return kith.code? code
function profile:aggregate(type) end

---The aggregates of all event types, by name.
---@return table<string, kith.aggregate>
function profile:aggregates() end

---How many events of a type (nil: all) it has with from <= time < to.
---@param type? string
---@param from? kith.time
---@param to? kith.time
---@return integer? count
---@return string? message
---@return kith.code? code
function profile:count_events(type, from, to) end

---The value of a trait.
---@param name string
---@return kith.value? value
---@return string? message
---@return kith.code? code
function profile:trait(name) end

---The traits that it has, by name.
---@return table<string, kith.value>
function profile:traits() end

---Whether it is in a segment. KITH_NOT_FOUND: there is no such segment.
---@param name string
---@return boolean? is_in
---@return string? message
---@return kith.code? code
function profile:in_segment(name) end

---The names of the segments that it is in.
---@return string[]
function profile:segments() end

---What an expression gives for this profile at any time, from the facts.
---@param expression string | kith.expression
---@param now kith.time
---@return kith.outcome? outcome
---@return string? message
---@return kith.code? code
---@return integer? position in the expression
function profile:evaluate(expression, now) end

---Why a condition holds for this profile, or doesn't: the tree of its parts.
---@param expression string | kith.expression
---@param now kith.time
---@return kith.reason? reason
---@return string? message
---@return kith.code? code
---@return integer? position in the expression
function profile:explain(expression, now) end

---The same for a segment.
---@param name string
---@param now kith.time
---@return kith.reason? reason
---@return string? message
---@return kith.code? code
function profile:explain_segment(name, now) end

---What a score says of this profile, and why.
---@param name string
---@param now kith.time
---@return kith.score_explanation? explanation
---@return string? message
---@return kith.code? code
function profile:explain_score(name, now) end

---What a score of kind repeat foresees of the customer.
---@param score string
---@param options kith.forecast_options
---@return kith.forecast? forecast
---@return string? message
---@return kith.code? code
function profile:forecast(score, options) end

---What the store's models say: for each score its outputs. Those that say nothing, and outputs that aren't kept, aren't
---there.
---@return table<string, table<string, kith.value>>
function profile:score_values() end

---What the orders come to, for each way in which scores ask.
---@return kith.orders[]
function profile:orders() end

---When it was in a segment, or in any, by the transitions that are kept.
---@param segment? string
---@return kith.stay[]? stays
---@return string? message
---@return kith.code? code
function profile:stays(segment) end

---A tag that it has.
---@param name string
---@return kith.tag? tag
---@return string? message
---@return kith.code? code
function profile:tag(name) end

---The tags that it has, by name.
---@return table<string, kith.tag>
function profile:tags() end

---All that was ever said of its tags, by time.
---@return kith.old_tag[]? history
---@return string? message
---@return kith.code? code
function profile:tag_history() end

---All that was ever said of its consents, by time.
---@return kith.consent[]? history
---@return string? message
---@return kith.code? code
function profile:consent_history() end

---The entries of its ledgers, by time.
---@return kith.entry[]? history
---@return string? message
---@return kith.code? code
function profile:points_history() end

---All scores that it ever had, by time.
---@return kith.old_score[]? history
---@return string? message
---@return kith.code? code
function profile:score_history() end

---Whether there is consent to a purpose by a channel, or by any.
---@param purpose string
---@param channel? string
---@return boolean? granted
---@return string? message
---@return kith.code? code
function profile:consent(purpose, channel) end

---What stands for each purpose and channel.
---@return kith.consent[]
function profile:consents() end

---The balance of a ledger of points, as a number and, exact, in millionths. KITH_LIMIT where it is too large.
---@param ledger string
---@return number? balance
---@return integer | string micros or message
---@return kith.code? code
function profile:balance(ledger) end

---Its ledgers, by name.
---@return table<string, kith.points>
function profile:points() end

---A score, as a number and, exact, in millionths.
---@param name string
---@return number? value
---@return integer | string micros or message
---@return kith.code? code
function profile:score(name) end

---The scores that other systems gave it, by name.
---@return table<string, kith.score>
function profile:scores() end

---All of it as one table.
---@return kith.profile_table
function profile:to_table() end

---@class kith.expression_options
---@field store? kith.store | kith.txn where its names are looked up; nil: nowhere
---@field json? boolean the text is the JSON twin
---@field value? boolean it may give a value, not only a condition
---@field any_name? boolean names that the store doesn't know are fine

---An expression, checked. It belongs to no transaction; equal ones have the same text.
---@class kith.expression
local expression = {}

---Its text in one form.
---@param columns? integer where it is longer, what AND or OR joins stands on lines of its own; 0, nil: no matter
---@return string? text
---@return string? message
---@return kith.code? code
function expression:text(columns) end

---Its JSON twin, for rule builders and for sync; kith.expression(json, {json = true}) reads it.
---@param pretty? boolean
---@return string? json
---@return string? message
---@return kith.code? code
function expression:json(pretty) end

---@return "condition" | "number" | "text" | "date" | "time" | "duration" | "null" | "any" what it gives
function expression:gives() end

---What it asks for, each name once.
---@return kith.mention[]
function expression:mentions() end

return kith
