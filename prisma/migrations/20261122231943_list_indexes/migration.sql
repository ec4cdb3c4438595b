-- CreateIndex
CREATE INDEX "customer_enterprise_id_name_id_idx" ON "customer"("enterprise_id", "name", "id");

-- CreateIndex
CREATE INDEX "customer_enterprise_id_created_at_id_idx" ON "customer"("enterprise_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "customer_group_enterprise_id_name_id_idx" ON "customer_group"("enterprise_id", "name", "id");
