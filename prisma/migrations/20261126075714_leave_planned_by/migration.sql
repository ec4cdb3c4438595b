-- AlterTable
ALTER TABLE "member" ADD COLUMN     "leave_planned_by_id" UUID;
