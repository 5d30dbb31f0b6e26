-- Two systems, three records, one customer. Try: lua quickstart.lua shop.kith
local kith = require "kith"

local store = assert(kith.open(arg[1] or "shop.kith", {create = true}))

assert(store:write(function(txn)
    assert(txn:put("crm", "1042", {given_name = "Ann", email = "ann@mail.example",
                                   phone = "+44 20 7946 0958"}, "2024-01-15"))
    assert(txn:put("shop", "77", {given_name = "Anne", email = "Ann@Mail.Example"}, "2024-03-02"))
    assert(txn:put("shop", "93", {given_name = "Ann", email = "ann@mail.example"}, "2024-05-20"))
end))

store:read(function(txn)
    local customer = assert(txn:find("phone", "+442079460958", "2024-06-01"))
    print("one customer, " .. #customer:records() .. " records")
    for _, golden in ipairs(customer:values()) do
        print(string.format("  %-11s %-17s said by %s, %s", golden.attribute,
                            tostring(golden.value), golden.source, kith.format_time(golden.at)))
    end
    for _, step in ipairs(assert(txn:why({"crm", "1042"}, {"shop", "77"})).steps) do
        print(string.format("  %s %s and %s %s: %s by %s %s", step.a.source, step.a.key,
                            step.b.source, step.b.key, step.kind, step.type, step.value))
    end
end)

store:close()
