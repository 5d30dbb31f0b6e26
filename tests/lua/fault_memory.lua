-- What fault_memory.c runs again and again on one store: all that the binding builds in Lua's memory. Each
-- failure for want of memory must come through as such; any other error is a finding.
local kith = require "kith"
local path = ...
local now = 1717200000000000

local function must(ok, problem)
    if not ok then
        error(problem, 0)
    end
    return ok
end

local store = must(kith.open(path, {create = true}))
must(store:write(function(txn)
    must(txn:put("crm", "1", {given_name = "Ann", email = {"a@x.example", "b@x.example"}}, now))
    must(txn:put("shop", "2", {given_name = "Ann", email = "a@x.example"}, now))
    must(txn:event("crm", "1", "order", now, {amount = 5, list = {1, {2}}, map = {a = {b = 1}}}))
end))
must(store:write(function(txn)
    must(txn:tag({"crm", "1"}, "vip", now, {value = "gold", by = "desk", expires = now + 1000000}))
    must(txn:untag({"shop", "2"}, "old", now))
    must(txn:consent({"crm", "1"}, "news", true, now, {channel = "sms"}))
    must(txn:points({"crm", "1"}, "main", "r1", 1.5, now))
    must(txn:score({"crm", "1"}, "rfm", 2, now, "model"))
end))
must(store:write(function(txn)
    must(txn:put_segment("rich", "sum(order.amount) > 3", now, {note = "rich"}))
    must(txn:put_segment("named", must(kith.expression("given_name = 'Ann'")), now))
    must(txn:put_trait("spent", "sum(order.amount)", now))
end))
must(store:write(function(txn)
    must(txn:define_score("tier", {
        kind = "tiers", value = "sum(order.amount)", tiers = {{name = "gold", top_percent = 12.5}}, otherwise = "b\\n",
    }, now))
    must(txn:define_score("rhythm", {kind = "lifecycle", event = "order", amount = "amount"}, now))
end))
-- Its parameters are given: so few customers would tell none.
must(store:write(function(txn)
    must(txn:define_score("clv", {
        kind = "repeat", method = "bg/nbd", event = "order", amount = "amount", fitted = {
            parameters = {r = .243, alpha = 4.414, a = .793, b = 2.426}, covariances = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
            spend = {parameters = {p = 6.25, q = 3.74, gamma = 15.44}, covariances = {0, 0, 0, 0, 0, 0, 0, 0, 0}},
        },
    }, now))
end))
must(#must(store:fit_score("tier", {now = now, progress = function() end})).fitted.least == 1)
must(store:settle(now))
must(store:resolve(now, {progress = function() end}))
must(store:audit())
-- Each that is taken would be one more for models() to list.
local _, refused = store:resolve(now, {model = "{}"})
must(refused:find("is missing"), refused)
must(store:config())

local expression = must(kith.expression("count(order WHERE amount > 3) > 1 OR tag('vip')", {store = store}))
must(#expression:text(20) > 20)
must(kith.expression(expression:json(true), {json = true}) == expression)
must(#expression:mentions() == 3)

local txn = must(store:begin())
local profile = must(txn:find("email", "a@x.example", now))
profile:to_table()
profile:values()
profile:tags()
must(profile:tag_history())
must(#must(profile:consent_history()) == 1 and #must(profile:points_history()) == 1)
must(#must(profile:score_history()) == 1)
must(profile:tag("vip"))
must(profile:golden("given_name"))
must(profile:value("given_name"))
must(txn:record("crm", "1"))
must(txn:why({"crm", "1"}, {"shop", "2"}))
must(txn:blame("crm", "1"))
must(txn:how("crm", "1"))
must(txn:pair({"crm", "1"}, {"shop", "2"}))
must(txn:review({limit = 5, suggest = true}))
must(txn:search({email = "a@x.example"}))
must(txn:models())
must(txn:model())
must(txn:export_model())
must(txn:compare_models(1))
must(txn:stat())
must(#txn:segments() == 2 and txn:segment("rich").note == "rich" and txn:traits()[1].name == "spent")
must(profile:trait("spent") == 5 and profile:traits().spent == 5 and profile:segments()[2] == "named")
must(must(profile:evaluate("given_name", now)).value == "Ann")
must(profile:evaluate(expression, now).truth)
must(txn:count(expression, now) == 1)
for row in must(txn:query({where = "segment('rich')", columns = {"given_name", expression, "tag('x')"}, now = now})) do
    must(row.values[1] == "Ann" and row.values[2] == true)
end
for row in must(txn:query({where = expression, columns = {name = "given_name", none = "birth_date"}, now = now})) do
    must(row.values.name == "Ann" and row.values.none == nil)
end
must(must(profile:explain(expression, now)).parts[2].truth)
must(must(profile:explain_segment("rich", now)).distance)
must(must(txn:score_definition("tier")).definition.tiers[1].top_percent == 12.5 and #txn:score_definitions() == 3)
must(must(txn:score_model("tier")).outputs[1].output == "name" and #must(txn:mentions("score", "tier")) == 2)
must(profile:score_values().tier.name == "gold" and profile:orders()[1].order_count == 1)
must(must(profile:explain_score("tier", now)).reasons[1].text)
must(must(txn:score_drift("tier", {now = now, threads = 1, progress = function() end})).output == "name")
must(#must(profile:forecast("clv", {now = now})).chances == 11)
must(must(kith.control_group {audience = 1000, base_rate = .05, lift = .1}).bucket_count)
must(#must(txn:rfm(now, {event = "order", amount = "amount", threads = 1, customers = true})).customers == 1)
local baskets = must(txn:baskets {event = "order", item = "amount", now = now, threads = 1})
must(#baskets:items() == 1 and #must(baskets:rules {threads = 1}).rules == 0)
must(#must(must(baskets:similar {items = {"5"}, threads = 1}):recommend {customer = profile}) == 1)
must(#must(profile:stays()) == 2)
must(#must(txn:segment_history("rich", {by = "month", from = 0})).periods > 0)
for transition in must(txn:transitions()) do
    must(transition.entered)
end
for found in txn:profiles(now) do
    found:id()
end
for _ in txn:records() do
end
for _ in txn:events("crm", "1") do
end
txn:reset()
must(txn:renew())
txn:abort()

must(store:export("records", "jsonl", now, function(piece)
    return #piece > 0
end))
must(store:verify(now, {progress = function(progress)
    return progress.done >= 0
end}))
store:close()
