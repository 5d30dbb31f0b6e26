-- A small town in which nobody has an identifier, and what kith makes of it.
local runner = require "runner"
local kith = require "kith"
local town = {}

town.now = kith.parse_time("2024-06-01")
town.people_count = 150 -- every third of them has a second record, with a slip

local given = {"Alice", "Benjamin", "Charlotte", "Daniel", "Eleanor", "Frank", "Gabriel", "Hannah", "Isaac", "Julia"}
local family = {"Abbott", "Barnes", "Carter", "Dawson", "Ellis", "Foster", "Graham", "Howard", "Ingram", "Jennings"}
local cities = {"Leeds", "York", "Hull"}

-- What is said of a made-up person: a function of the number.
local function person(number)
    local spread = number * 7919
    local tens, sevenths = (spread - spread % 10) / 10, (spread - spread % 7) / 7
    return {
        given_name = given[spread % 10 + 1],
        family_name = family[tens % 10 + 1],
        birth_date = string.format("%d-%02d-%02d", 1940 + spread % 61, 1 + spread % 12, 1 + spread % 27),
        address_line = string.format("%d %s Street", 1 + spread % 89, family[sevenths % 10 + 1]),
        city = cities[spread % 3 + 1],
    }
end

-- A new store of all their records.
function town.people()
    local store = assert(kith.open(runner.path(), {create = true}))
    assert(store:write(function(txn)
        for number = 0, town.people_count - 1 do
            assert(txn:put("crm", tostring(number), person(number), "2024-01-01"))
            if number % 3 == 0 then
                local said = person(number)
                said.family_name = said.family_name:sub(1, 2) .. "x" .. said.family_name:sub(4)
                assert(txn:put("shop", tostring(number), said, "2024-02-01"))
            end
        end
    end))
    return store
end

-- The same, when kith has learnt who is like whom.
function town.resolved()
    local store = town.people()
    assert(store:resolve(town.now))
    return store
end

return town
