-- A test is a function that raises where something is wrong. A file of tests ends with runner.finish(), which
-- prints "N passed, N failed"; the process exits with 1 if any failed.
local runner = {}

local passed, failed = 0, 0
local paths = {}

local function remove_paths()
    for _, path in ipairs(paths) do
        os.remove(path)
        os.remove(path .. "-lock")
    end
    paths = {}
end

-- A path where nothing is; what is made there is removed after the test.
function runner.path(ending)
    local base = os.tmpname()
    paths[#paths + 1] = base
    local path = base .. (ending or ".kith")
    paths[#paths + 1] = path
    return path
end

-- The path of a new file that holds a text.
function runner.file(text, ending)
    local path = runner.path(ending)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    return path
end

function runner.test(name, fn)
    local ok, problem = xpcall(fn, debug.traceback)
    collectgarbage()
    collectgarbage()
    remove_paths()
    if ok then
        passed = passed + 1
    else
        failed = failed + 1
        print("FAILED " .. name .. ": " .. tostring(problem))
    end
end

function runner.finish()
    print(string.format("%d passed, %d failed", passed, failed))
    if failed > 0 then
        os.exit(1)
    end
end

local function show(value)
    return type(value) == "string" and string.format("%q", value) or tostring(value)
end

-- Compares plain values, and tables by what they hold.
local function same(a, b)
    if type(a) ~= "table" or type(b) ~= "table" then
        return a == b
    end
    for key, value in pairs(a) do
        if not same(value, b[key]) then
            return false, key
        end
    end
    for key in pairs(b) do
        if a[key] == nil then
            return false, key
        end
    end
    return true
end

function runner.equal(got, wanted)
    local ok, key = same(got, wanted)
    if not ok and key ~= nil then
        error(string.format("at %s: got %s, wanted %s", tostring(key), show(got[key]),
                            show(wanted[key])), 2)
    elseif not ok then
        error("got " .. show(got) .. ", wanted " .. show(wanted), 2)
    end
end

function runner.yes(condition, what)
    if not condition then
        error(what or "not true", 2)
    end
end

-- The function must raise an error whose text matches the pattern.
function runner.raises(pattern, fn, ...)
    local ok, problem = pcall(fn, ...)
    if ok then
        error("no error was raised; wanted " .. show(pattern), 2)
    elseif not tostring(problem):find(pattern) then
        error("raised " .. show(problem) .. ", wanted " .. show(pattern), 2)
    end
end

-- What a call gave must be nil, a message and this code: runner.fails("KITH_IO", store:backup(...)).
function runner.fails(wanted, got, message, code)
    if got ~= nil then
        error("it gave " .. show(got) .. ", wanted " .. wanted, 2)
    elseif code ~= wanted then
        error("it gave " .. show(code) .. " (" .. show(message) .. "), wanted " .. wanted, 2)
    elseif type(message) ~= "string" or #message == 0 then
        error("there is no message", 2)
    end
    return message
end

return runner
