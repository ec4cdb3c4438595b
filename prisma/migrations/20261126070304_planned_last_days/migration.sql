-- AlterTable
ALTER TABLE "member" ADD COLUMN     "auto_assign_on_leave" BOOLEAN;

-- Looked through once a second; hardly anybody has a planned last day.
CREATE INDEX "member_leaves_at_idx" ON "member" ("leaves_at") WHERE "leaves_at" IS NOT NULL;
