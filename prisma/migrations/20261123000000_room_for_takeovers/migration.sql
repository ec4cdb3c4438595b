-- Written by hand. A takeover writes a second entry for each row it changes. Pages that are full then split, after a look
-- in vain for entries to throw away: room left on them makes a takeover a tenth cheaper. For pages written from now on.
ALTER INDEX "transfer_item_pkey" SET (fillfactor = 50);
ALTER INDEX "relation_pkey" SET (fillfactor = 70);
ALTER INDEX "relation_active_key" SET (fillfactor = 70);
