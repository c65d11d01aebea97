-- Adds entries to the stream KEYS[1], in their order, until one is not taken. Answers how many were, and why not the next.
--
-- ARGV: what entries are numbered by ('clock' or 'event'), how many to keep (0: all), then for each event its event_id, id,
-- event_type, entity_type, operation, key and value.

local stream, ids, keep = KEYS[1], ARGV[1], tonumber(ARGV[2])

local function add(entry_id, at)
    local call = {'XADD', stream}
    if keep > 0 then
        call[3], call[4], call[5] = 'MAXLEN', '~', keep
    end
    for _, part in ipairs({entry_id, 'id', ARGV[at + 1], 'event_type', ARGV[at + 2], 'entity_type', ARGV[at + 3],
        'operation', ARGV[at + 4], 'key', ARGV[at + 5], 'value', ARGV[at + 6]}) do
        call[#call + 1] = part
    end
    return redis.pcall(unpack(call))
end

-- Whether the stream has the event under this number already: its answer was lost.
local function has(entry_id, id)
    local found = redis.call('XRANGE', stream, entry_id, entry_id)[1]
    return found and found[2][1] == 'id' and found[2][2] == id
end

local function last_number()
    local facts = redis.call('XINFO', 'STREAM', stream)
    for at = 1, #facts, 2 do
        if facts[at] == 'last-generated-id' then
            return facts[at + 1]:match('^%d+')
        end
    end
end

local taken = 0
for at = 3, #ARGV, 7 do
    local answer
    if ids == 'event' then
        local entry_id = ARGV[at] .. '-1'
        answer = add(entry_id, at)
        if answer.err and answer.err:find('equal or smaller', 1, true) then
            if has(entry_id, ARGV[at + 1]) then
                answer = entry_id
            else
                -- It comes behind later events of other entities, as what was parked does: it stands behind the last one.
                answer = add(last_number() .. '-*', at)
            end
        end
    else
        answer = add('*', at)
    end
    if answer.err then
        return {taken, answer.err}
    end
    taken = taken + 1
end
return {taken, false}
