-- AlterTable
ALTER TABLE "transfer_successor" ADD COLUMN     "note" TEXT NOT NULL DEFAULT '';

-- Until now every successor of a transfer read its note.
UPDATE transfer_successor s SET note = t.note FROM transfer t WHERE t.id = s.transfer_id AND t.note <> '';
