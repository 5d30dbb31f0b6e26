-- A checkout: who is it, and what do we offer? Try: lua checkout.lua shop.kith "+44 20 7946 0958"
-- Without a phone it serves a few customers one after another.
local kith = require "kith"

local now = "2024-06-15T17:30:00Z" -- of the sale: kith never reads a clock
local store = assert(kith.open(arg[1] or "shop.kith", {create = true}))

-- What the shop knows, and how it speaks of its customers. All of it may be put again: twice is once.
assert(store:write(function(txn)
    local customers = {
        {"1", {given_name = "Ann", phone = "+44 20 7946 0958", email = "ann@mail.example"}},
        {"2", {given_name = "Bob", phone = "+44 20 7946 0321"}},
        {"3", {given_name = "Cid", phone = "+44 20 7946 0777"}},
        {"4", {given_name = "Dot", phone = "+44 20 7946 0111"}},
    }
    for _, customer in ipairs(customers) do
        assert(txn:put("loyalty", customer[1], customer[2], "2024-01-01"))
    end
    assert(txn:put("web", "77", {email = "Ann@Mail.Example"}, "2024-02-01")) -- Ann, too
    local sales = {
        {"web", "77", "2024-04-02", 180}, {"web", "77", "2024-05-20", 240}, {"loyalty", "1", "2024-06-08", 95.5},
        {"loyalty", "2", "2023-11-11", 60}, {"loyalty", "2", "2023-12-20", 75}, {"loyalty", "3", "2024-06-10", 1200},
    }
    for i, sale in ipairs(sales) do
        assert(txn:event(sale[1], sale[2], "sale", sale[3], {total = sale[4]}, "receipt " .. i))
    end
    assert(txn:tag({"loyalty", "3"}, "staff", "2024-01-01"))
    assert(txn:tag({"loyalty", "1"}, "birthday", "2024-06-10", {expires = "2024-06-17"}))
    assert(txn:points({"loyalty", "1"}, "main", "receipt 3", 95, "2024-06-08"))

    assert(txn:put_trait("spent", "sum(sale.total LAST 365d)", now))
    assert(txn:put_segment("good", "spent >= 500 AND count(sale LAST 90d) >= 2", now))
    assert(txn:put_segment("lapsed", "did(sale) AND NOT did(sale LAST 120d)", now))
    assert(txn:put_segment("no_offers", "tag('staff')", now))
end))

-- The first that fits is made.
local offers = {
    {"no offer: staff have their own prices", function(customer) return customer:in_segment("no_offers") end},
    {"a cake from us: happy birthday!", function(customer) return customer:tag("birthday") ~= nil end},
    {"10 % off, as you are one of our best", function(customer) return customer:in_segment("good") end},
    {"5 off: good to see you again", function(customer) return customer:in_segment("lapsed") end},
    {"a loyalty point for each pound", function() return true end},
}

local function names(tags)
    local list = {}
    for name in pairs(tags) do
        list[#list + 1] = name
    end
    table.sort(list)
    return list
end

local function listed(list)
    return #list > 0 and table.concat(list, ", ") or "none"
end

local function serve(txn, phone)
    local customer, message, code = txn:find("phone", phone, now)
    if not customer then
        print(phone .. ": " .. (code == "KITH_NOT_FOUND" and "a new customer; would you like a card?" or message))
        return
    end
    print(string.format("%s: %s, %.2f spent in a year, %.0f points", phone, customer:value("given_name"),
                        customer:trait("spent"), (customer:balance("main"))))
    print("  tags: " .. listed(names(customer:tags())) .. "; segments: " .. listed(customer:segments()))
    for _, offer in ipairs(offers) do
        if offer[2](customer) then
            print("  " .. offer[1])
            break
        end
    end
    -- Ad hoc, and with the time at which the answer would change by itself.
    local rush = assert(customer:evaluate("did(sale LAST 7d)", now))
    if rush.truth then
        print("  was here within a week, until " .. kith.format_time(rush.next_change_at))
    end
end

assert(store:read(function(txn)
    local phones = arg[2] and {arg[2]} or {"+44 20 7946 0958", "+442079460321", "+44 (0)20 7946 0777", "+442079460111",
                                           "+442079460999"}
    for _, phone in ipairs(phones) do
        serve(txn, phone)
    end
    print(string.format("%d of %d customers are good, %d have lapsed", assert(txn:count("segment('good')", now)),
                        assert(txn:count(nil, now)), assert(txn:count("segment('lapsed')", now))))
end))

store:close()
