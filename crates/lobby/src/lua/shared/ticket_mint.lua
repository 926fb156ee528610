-- Shared: seat tickets.
--- @include "keys"
--- @include "pool"
--- @include "settings"

-- Makes a single-use seat ticket. Returns it with how to reach the match.
local function ticket_mint(player, room, meta, ticket)
  redis.call('SET', key('seat', ticket), cjson.encode({
    player = player, room = room, epoch = meta.epoch, relay = meta.relay,
  }), 'PX', SETTINGS.ticket_ttl_ms)
  return {
    url = meta.url, webtransport = meta.webtransport and cjson.decode(meta.webtransport),
    ticket = POOL .. '.' .. ticket, relay = meta.relay, epoch = meta.epoch,
    region = meta.region and { name = meta.region, worst_ms = tonumber(meta.worst_ms) },
  }
end
