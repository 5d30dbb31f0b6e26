-- A point read from Lua beside the same read from C: who has this phone?
--
-- Both find the same phones in the same store, each in one open snapshot, in turn. The C side is
-- `bench_lookup --point-only`, which also writes down the phones. Runs on Lua 5.1 to 5.4 and LuaJIT.

local kith = require("kith")

local NOW_US = 1704067200000000 + 180 * 86400000000 -- GENERATE_NOW_US in generate.h
local TARGET_NS = 200

local function fail(message)
    io.stderr:write("benchmark failed: ", message, "\n")
    os.exit(3)
end

local function read_arguments(words)
    local arguments = { count = "1000000", seed = "20240229", rounds = "7" }
    for i = 1, #words, 2 do
        local name = words[i]:match("^%-%-(%l+)$")
        if not name or not words[i + 1] then
            fail("options are --lookup, --store, --count, --seed, --rounds, each with a value")
        end
        arguments[name] = words[i + 1]
    end
    if not arguments.lookup or not arguments.store then
        fail("--lookup and --store are needed")
    end
    return arguments
end

local function quote(text)
    return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function measure_c(arguments, queries)
    local pipe = assert(io.popen(table.concat({
        quote(arguments.lookup), "--point-only --rounds 3",
        "--queries", quote(queries), "--store", quote(arguments.store),
        "--count", quote(arguments.count), "--seed", quote(arguments.seed),
    }, " ")))
    local nanoseconds = tonumber(pipe:read("*l"))
    pipe:close()
    return nanoseconds or fail("bench_lookup gave no figure")
end

-- Processor time, as on the C side: nothing here waits.
local function measure_lua(txn, phones)
    local started = os.clock()
    for i = 1, #phones do
        txn:find("phone", phones[i], NOW_US)
    end
    return (os.clock() - started) * 1e9 / #phones
end

local function read_phones(path)
    local phones = {}
    for line in io.lines(path) do
        phones[#phones + 1] = line
    end
    return phones
end

local function median(values)
    table.sort(values)
    return values[math.floor((#values + 1) / 2)]
end

local function print_table(lua_ns, c_ns, arguments, phone_count)
    local above = lua_ns - c_ns
    local header = { "question", "kith from Lua", "peer", "above", "target", "met" }
    local row = {
        "find a profile by phone",
        ("%.3f us"):format(lua_ns / 1000),
        ("C %.3f us"):format(c_ns / 1000),
        ("%.3f us"):format(above / 1000),
        ("+ <= %.1f us"):format(TARGET_NS / 1000),
        above <= TARGET_NS and "yes" or "NO",
    }
    local lines = { "|", "|", "|" }
    for i = 1, #header do
        local width = math.max(#header[i], #row[i])
        lines[1] = lines[1] .. (" %-" .. width .. "s |"):format(header[i])
        lines[2] = lines[2] .. ("-"):rep(width + 2) .. "|"
        lines[3] = lines[3] .. (" %-" .. width .. "s |"):format(row[i])
    end
    local jit_version = rawget(_G, "jit") and jit.version
    print(("\nlua: a point read in an open snapshot from %s, processor time (%s profiles, %s rounds of %d, seed %s)\n"):format(
        jit_version or _VERSION, arguments.count, arguments.rounds, phone_count, arguments.seed))
    print(table.concat(lines, "\n"))
end

local function main()
    local arguments = read_arguments(arg)
    local queries = os.tmpname()
    measure_c(arguments, queries) -- prepares the store where there is none
    local phones = read_phones(queries)
    local store = assert(kith.open(arguments.store .. ".kith"))
    local txn = assert(store:begin())
    for _, phone in ipairs(phones) do
        if not txn:find("phone", phone, NOW_US) then
            fail("a phone isn't found: " .. phone)
        end
    end
    local lua_rounds, c_rounds = {}, {}
    for i = 1, tonumber(arguments.rounds) do
        lua_rounds[i] = measure_lua(txn, phones)
        c_rounds[i] = measure_c(arguments, queries)
    end
    txn:abort()
    store:close()
    os.remove(queries)
    print_table(median(lua_rounds), median(c_rounds), arguments, #phones)
end

main()
